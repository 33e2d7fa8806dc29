"""The demo's applications, each driven to its step."""

from app.cli.demo.people import Loader


def load_cases(loader: Loader) -> None:
    """Applications from draft to printed card."""
