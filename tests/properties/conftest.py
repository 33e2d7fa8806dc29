"""A flow for property tests."""

from tests.commands.conftest import flow

__all__ = ["flow"]
