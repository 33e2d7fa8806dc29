"""A flow for tests of queries on applications."""

from tests.commands.conftest import flow

__all__ = ["flow"]
