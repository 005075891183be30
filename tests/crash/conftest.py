"""Processes that are killed, and their successors on the same data."""

from tests.server import house
from tests.service import prototype

__all__ = ["house", "prototype"]
