"""A running service of either database, its copy, and another one made of it."""

from tests.machines.conftest import network
from tests.server import house
from tests.service import prototype

__all__ = ["house", "network", "prototype"]
