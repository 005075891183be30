"""Faults are tried on real processes, real files and a real PostgreSQL; docs/faults.md is the list."""

from tests.server import house
from tests.service import prototype, service

__all__ = ["house", "prototype", "service"]
