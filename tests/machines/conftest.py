"""Several machines of one house: `fengsui` processes over one real PostgreSQL, each with a data folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from tests.machines.network import Network
from tests.postgresql import Cluster
from tests.service import prototype

__all__ = ["prototype"]


@pytest.fixture
def network(prototype: App, cluster: Cluster, tmp_path: Path) -> Iterator[Network]:
    cluster.create("network", template="house")
    cluster.create("elsewhere")
    made = Network(cluster.url("network"), tmp_path, model=prototype.services.settings.data / "model")
    made.empty = cluster.url("elsewhere")
    try:
        yield made
    finally:
        made.close()
        for name in ("network", "elsewhere"):
            cluster.drop(name)
