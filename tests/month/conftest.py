"""The whole service, with a clock that is moved by hand."""

from tests.service import prototype, service

__all__ = ["prototype", "service"]
