"""The console with the whole service behind it."""

import pytest

from tests import factories
from tests.conftest import NOW
from tests.web.console.desk import Desk
from tests.web.site import Site


@pytest.fixture
def desk(site: Site) -> Desk:
    return Desk(site, site.service.run(factories.tree, now=NOW))
