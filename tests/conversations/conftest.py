"""Conversations run against the whole service."""

from tests.service import prototype, service

__all__ = ["prototype", "service"]
