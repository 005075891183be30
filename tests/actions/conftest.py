"""Actions run inside the whole service: what they decide is pure, what they do is seen in the database."""

from tests.service import prototype, service

__all__ = ["prototype", "service"]
