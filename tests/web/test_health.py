"""Alive, ready, and what it counts."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update

from bot import members, writings
from bot.db.models import deliveries
from bot.deliveries import enqueue
from tests.conftest import NOW
from tests.factories import delivery
from tests.service import Service
from tests.web.site import Site, listening


def ready(site: Site) -> tuple[int, list[str]]:
    answer = site.client().get("/readyz")
    assert answer.json()["ready"] == (answer.status_code == 200)
    return answer.status_code, answer.json()["problems"]


def counted(answer: httpx.Response) -> dict[tuple[str, str], float]:
    (family,) = [one for one in text_string_to_metric_families(answer.text) if one.name == "fengsui_rows"]
    return {(one.labels["table"], one.labels["state"]): one.value for one in family.samples}


def test_alive(site: Site) -> None:
    answer = site.client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_ready(site: Site) -> None:
    assert ready(site) == (200, [])


def test_what_became_of_the_writers_drafts_is_told_where_there_is_one(site: Site) -> None:
    record = {"entries": ["a"], "language": "zh", "milliseconds": 7, "now": NOW}
    site.service.run(writings.record, "number", detail="75", **record)
    assert "detail" not in site.client().get("/readyz").json()  # off
    assert counted(site.client().get("/metrics"))[("writings", "number")] == 1


def test_not_ready_on_another_schema(site: Site) -> None:
    site.service.run(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '0000'")))
    status, problems = ready(site)
    assert status == 503
    assert problems[0].startswith("migrations: at 0000")


def test_not_ready_without_its_tables(site: Site) -> None:
    site.service.run(lambda tx: tx.execute(text("ALTER TABLE deliveries RENAME TO gone")))
    status, problems = ready(site)
    assert (status, problems) == (503, ["database: OperationalError"])
    assert site.client().get("/healthz").status_code == 200


def test_not_ready_while_the_outbox_stands_still(service: Service) -> None:
    member = service.run(members.at_address, "telegram", "1", now=NOW)  # a channel that nobody serves here
    service.run(enqueue, [delivery(member, channel="telegram")], now=NOW)
    service.run(lambda tx: tx.execute(update(deliveries).values(next_at=deliveries.c.next_at - 1000)))
    with listening(service) as site:
        status, problems = ready(site)
        assert status == 503
        assert problems[0].startswith("outbox: oldest message due for 1000 s")


def test_metrics_count_rows(service: Service) -> None:
    service.load_demo()
    with listening(service) as site:
        answer = site.client().get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = counted(answer)
        assert sum(number for (table, _), number in found.items() if table == "notifications") >= 40
        assert found["inbox", "unanswered"] == 0
        site.visitor().ask("您好")
        assert counted(site.client().get("/metrics"))["inbox", "unanswered"] in (0, 1)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_need_no_token_and_metrics_do(service: Service, path: str) -> None:
    with listening(service, api_token="secret") as site:
        assert site.client().get(path).status_code == 200
        assert site.client().head(path).status_code == 200
        assert site.client().get("/metrics").status_code == 403
        assert site.client(headers={"Authorization": "Bearer secret"}).get("/metrics").status_code == 200
