"""Journeys use the town and the browsers of the page tests."""

from tests.web.conftest import browse, flow, town, watch

__all__ = ["browse", "flow", "town", "watch"]
