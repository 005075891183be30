"""The web app with the whole service behind it."""

from collections.abc import Iterator

import pytest

from tests.service import Service, prototype, service
from tests.web.site import Site, Visitor, listening

__all__ = ["prototype", "service"]


@pytest.fixture
def site(service: Service) -> Iterator[Site]:
    with listening(service) as found:
        yield found


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()
