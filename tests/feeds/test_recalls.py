"""Foreign recalls and refusals are fetched and imported: real shapes and every fault, from a server on this machine."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import i18n, intake, recalls
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import recalls as table
from bot.errors import BadInput, FengsuiError
from bot.feeds import any_file, polling, sources
from bot.feeds.fetching import FetchFailed
from bot.feeds.problems import explain
from bot.feeds.recalls import cell, shapes
from bot.feeds.recalls import file as recall_file
from bot.recalls.store import decide
from bot.settings import Settings
from tests.fakes.recall_server import CHARGER, KEY, MUSHROOMS, POWER_BANK, SHRIMP, TOY, USER, RecallServer
from tests.fakes.web_server import Reply, WebServer
from tests.feeds.eping_workbook import write_xlsx

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ALL = ("safety_gate", "cpsc", "fda_refusals", "openfda")
WANTED = recalls.Interesting("CN", others=False, recent_days=30)

LINES = """MFG_FIRM_FEI_NUM,LGL_NAME,CITY_NAME,ISO_CNTRY_CODE,PRODUCT_CODE,REFUSAL_DATE,ENTRY_NUM,RFRNC_DOC_ID,\
LINE_NUM,LINE_SFX_ID,REFUSAL_CHARGES,PRDCT_CODE_DESC_TEXT
3009990101,"Made-up Seafood Co Ltd",Ningbo,CN,16XGT05,20-Nov-26,XX9,9990101,1,1,"482, 9999","SHRIMP, FROZEN"
3009990102,Made-up Toys Ltd,Shantou,CN,,21-Nov-26,XX9,9990102,1,1,482,
3009990103,Made-up Lamps,Hanoi,VN,95RAT01,no day,XX9,9990103,1,1,482,LASER LAMPS
"""
CHARGES = "ASC_ID,CHRG_CODE,CHRG_STMNT_TEXT\n482,VETDRUGES,It bears or contains an unsafe animal drug.\n"
RASFF = """Made-up export of a search
reference,category,type,subject,date,notifying_country,classification,risk_decision,origin,hazards
2026.9901,nuts and seeds,food,Aflatoxins in groundnuts from China,19-11-2026 10:20:30,Netherlands,\
border rejection notification,serious,China,aflatoxin B1
2026.9902,fruits,food,Sulphite in dried apricots,20-11-2026,Atlantis,alert notification,serious,"Turkey, China",sulphite
"""


@pytest.fixture
def server() -> Iterator[RecallServer]:
    with WebServer.running() as web:
        yield RecallServer(web)


def settings(server: RecallServer, **more: Any) -> Settings:
    asked = {"wanted": ALL, "fda_user": USER, "fda_key": KEY, "pause_seconds": 0, **server.urls(), **more}
    return Settings.model_validate({"feeds": {"recalls": asked, "timeout_seconds": 0.3}})


def house(db: Database, clock: FixedClock, server: RecallServer, **more: Any) -> polling.House:
    return polling.House(db, clock, settings(server, **more))


def ask(place: polling.House, name: str, *, by_hand: bool = True) -> Any:
    return polling.poll(place, polling.named(place.settings, name), by_hand=by_hand)


def stored(db: Database) -> dict[str, recalls.Recall]:
    def read(tx: Any) -> dict[str, recalls.Recall]:
        ids = tx.execute(select(table.c.id)).scalars().all()
        found = [one for row_id in ids if (one := recalls.by_id(tx, row_id))]
        return {one.record["number"]: one for one in found}

    return db.look(read)


def put(db: Database, path: Path) -> intake.ImportReport:
    return intake.run_import(db, any_file.open(path), clock=FixedClock(NOW))


def reasons(db: Database, report: intake.ImportReport) -> list[tuple[int, str]]:
    texts = i18n.load()
    return [(row, explain(why, texts=texts, language="en")) for row, why in db.look(intake.problems, report.id)]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (CHARGER, {
            "source": "safety_gate", "number": "SR/90101/26", "kind": "recall", "date": "2026-11-19", "market": "EU",
            "notified_by": "DE", "agreement": "TBT", "product": "USB charger (LG-20W)", "brand": "Lumigo",
            "category": "Electrical appliances and equipment", "origin": ["CN"],
            "risk": "Electric shock; The insulation is insufficient & a user can touch live parts.",
            "measure": "Withdrawal of the product from the market; Recall of the product from end users",
            "link": "https://ec.europa.eu/safety-gate-alerts/screen/webReport/alertDetail/90101", "language": "en",
        }),
        (TOY, {
            "source": "safety_gate", "number": "SR/90102/26", "kind": "refusal", "date": "2026-11-18", "market": "EU",
            "notified_by": "FR", "agreement": "TBT", "product": "Toy car", "category": "Toys", "origin": ["CN"],
            "risk": "Choking; Small parts come off.", "measure": "Import rejected at border", "language": "en",
        }),
        ({"fields": TOY, "recordid": "x", "record_timestamp": "2026-11-18"}, {"number": "SR/90102/26"}),
        (POWER_BANK, {
            "source": "cpsc", "number": "27901", "kind": "recall", "date": "2026-11-17", "market": "US",
            "agreement": "TBT", "product": "Voltra power banks", "category": "Power Banks",
            "firm": "Voltra LLC, of Austin, Texas", "origin": ["CN"], "measure": "Refund",
            "risk": "The lithium-ion battery can overheat.", "link": "https://www.cpsc.gov/Recalls/2026/made-up",
            "language": "en",
        }),
        (SHRIMP, {
            "source": "fda_refusals", "number": "XX9-9990101-1/1/1/16XGT05", "kind": "refusal", "date": "2026-11-20",
            "market": "US", "agreement": "SPS", "product": "SHRIMP, FROZEN", "category": "Fishery/Seafood Prod",
            "firm": "Made-up Seafood Co Ltd", "origin": ["CN"], "risk": "VETDRUGES", "link": shapes.FDA_SEARCH,
            "language": "en",
        }),
        (MUSHROOMS, {
            "source": "openfda", "number": "F-9001-2027", "kind": "recall", "date": "2026-11-18", "market": "US",
            "agreement": "SPS", "product": "Enoki mushrooms, 200 g bag. Product of China.", "category": "Food",
            "firm": "Made-up Foods Inc.", "origin": ["CN"], "risk": "Listeria monocytogenes",
            "measure": "Class I; Voluntary: Firm initiated", "language": "en",
        }),
    ],
    ids=["safety gate", "rejected at the border", "as the older interface wraps it", "cpsc", "fda", "openfda"],
)  # fmt: skip
def test_the_record_of_each_source(item: dict[str, Any], expected: dict[str, Any]) -> None:
    found = shapes.record(cell.row(item))
    assert {key: found.get(key) for key in expected} == expected
    assert len(expected) == 1 or found == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("China", ["CN"]), ("China, Vietnam and India", ["CN", "VN", "IN"]), (["CN", "China"], ["CN"]),
        ("Unknown", []), (None, []), ("China & Hong Kong", ["CN", "HK"]), ("Bosnia and Herzegovina", ["BA"]),
    ],
)  # fmt: skip
def test_where_goods_come_from(written: Any, expected: list[str]) -> None:
    assert recalls.origins(written) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (recalls.State.OPEN, None)),
        ({"origin": ["VN"]}, (recalls.State.SKIPPED, "other_origin")),
        ({"origin": ["VN", "CN"]}, (recalls.State.OPEN, None)),
        ({"origin": []}, (recalls.State.OPEN, None)),
        ({"date": "2026-10-01"}, (recalls.State.SKIPPED, "historic")),
    ],
)
def test_of_what_members_are_told(change: dict[str, Any], expected: Any) -> None:
    record = {**shapes.record(cell.row(CHARGER)), **change}
    assert decide(record, today=NOW.date(), wanted=WANTED) == expected


@pytest.mark.parametrize("name", ALL)
def test_what_is_new_is_fetched_and_stored_once(
    db: Database, clock: FixedClock, server: RecallServer, name: str
) -> None:
    place = house(db, clock, server)
    first = ask(place, name)
    assert first["new"] == first["read"] == first["alerts"] == (2 if name == "safety_gate" else 1)
    again = ask(place, name)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, first["new"])
    state = db.look(sources.all_sources)[name]
    assert (state.cursor, state.failures, state.reason) == ("2026-11-22", 0, None)
    assert len(db.look(imports_rows)) == 1, "an import in which nothing was new leaves no row"


def imports_rows(tx: Any) -> list[str]:
    from bot.db.models import imports

    return [row.kind for row in tx.execute(select(imports))]


def test_what_changes_keeps_what_it_said_before(db: Database, clock: FixedClock, server: RecallServer) -> None:
    place = house(db, clock, server)
    ask(place, "cpsc")
    server.cpsc = [{**POWER_BANK, "RemedyOptions": [{"Option": "Replace"}], "LastPublishDate": "2026-11-22T00:00:00"}]
    assert ask(place, "cpsc")["changed"] == 1
    (one,) = stored(db).values()
    assert (one.version, one.record["measure"], one.state) == (2, "Replace", recalls.State.OPEN)
    ((version, before, until),) = db.look(recalls.versions, one.id)
    assert (version, before["measure"], until) == (1, "Refund", NOW)


def test_told_to_be_ours_later_it_is_told(db: Database, clock: FixedClock, server: RecallServer) -> None:
    place = house(db, clock, server)
    server.cpsc = [{**POWER_BANK, "ManufacturerCountries": [{"Country": "Vietnam"}]}]
    ask(place, "cpsc")
    assert [(one.state, one.reason) for one in stored(db).values()] == [(recalls.State.SKIPPED, "other_origin")]
    server.cpsc = [POWER_BANK]
    ask(place, "cpsc")
    assert [(one.state, one.reason) for one in stored(db).values()] == [(recalls.State.OPEN, None)]


@pytest.mark.parametrize("name", ["safety_gate", "fda_refusals", "openfda"])
def test_page_by_page(db: Database, clock: FixedClock, server: RecallServer, name: str) -> None:
    one = {"safety_gate": CHARGER, "fda_refusals": SHRIMP, "openfda": MUSHROOMS}[name]
    key = {"safety_gate": "alert_number", "fda_refusals": "ShipmentID", "openfda": "recall_number"}[name]
    setattr(server, name, [{**one, key: f"X{number}"} for number in range(7)])
    assert ask(house(db, clock, server, page_size=3), name)["new"] == 7
    server.without_pages = True
    assert ask(house(db, clock, server, page_size=7), name)["read"] == 7


def test_the_first_time_and_later_it_is_asked_so_far_back(
    db: Database, clock: FixedClock, server: RecallServer
) -> None:  # fmt: skip
    ask(house(db, clock, server), "cpsc")
    ask(house(db, clock, server), "cpsc")
    days = [date.fromisoformat(one.params["LastPublishDateStart"]) for one in server.web.asked]
    assert days == [NOW.date() - timedelta(days=37), NOW.date() - timedelta(days=7)]


FAULTS = {
    "throttled": (Reply(status=429, headers={"Retry-After": "120"}), "source.throttled"),
    "broken": (Reply(status=500), "source.status"),
    "no json": (Reply(b"<html>We are down</html>"), "source.not_json"),
    "no list": (Reply(b'{"message": "Invalid fieldname"}'), "source.no_recalls"),
    "cut off": (Reply(b"[{", reset=True), "source.unreachable"),
    "silent": (Reply(held=True), "source.timeout"),
    "elsewhere": (Reply(status=302, headers={"Location": "http://198.51.100.7/"}), "source.elsewhere"),
}


@pytest.mark.parametrize("name", ["cpsc", "fda_refusals"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_row_and_the_next_time_all_is_there(
    db: Database, clock: FixedClock, server: RecallServer, fault: str, name: str
) -> None:
    reply, key = FAULTS[fault]
    place = house(db, clock, server)
    server.web.faults = [reply]
    with pytest.raises(FetchFailed) as caught:
        ask(place, name)
    assert caught.value.key == key
    state = db.look(sources.all_sources)[name]
    assert (state.failures, state.cursor) == (1, None)
    assert state.next_at == NOW + timedelta(seconds=120 if fault == "throttled" else 60)
    assert explain(state.reason or "", texts=i18n.load(), language="zh") != state.reason
    assert not stored(db)
    assert ask(place, name)["new"] == 1
    assert db.look(sources.all_sources)[name].failures == 0


def test_too_much_at_once_is_not_taken(db: Database, clock: FixedClock, server: RecallServer) -> None:
    server.cpsc = [{**POWER_BANK, "Description": "x" * 2000}]
    config = settings(server)
    small = config.model_copy(update={"feeds": config.feeds.model_copy(update={"bytes_limit": 1000})})
    with pytest.raises(FetchFailed) as caught:
        ask(polling.House(db, clock, small), "cpsc")
    assert caught.value.key == "source.too_big"


def test_without_a_key_fda_is_not_asked_and_the_sentence_says_what_to_set(
    db: Database, clock: FixedClock, server: RecallServer
) -> None:
    with pytest.raises(BadInput) as caught:
        ask(house(db, clock, server, fda_key=None), "fda_refusals")
    assert caught.value.key == "source.no_fda_key"
    assert server.web.asked == []
    with pytest.raises(FetchFailed) as refused:
        ask(house(db, clock, server, fda_key="wrong"), "fda_refusals")
    assert refused.value.key == "source.key_refused"


def test_nothing_found_is_no_fault(db: Database, clock: FixedClock, server: RecallServer) -> None:
    server.safety_gate = server.cpsc = server.fda_refusals = server.openfda = []
    place = house(db, clock, server)
    assert [ask(place, name)["read"] for name in ALL] == [0, 0, 0, 0]
    assert db.look(imports_rows) == []


def test_only_what_the_settings_name_is_asked(db: Database, clock: FixedClock, server: RecallServer) -> None:
    assert polling.configured(Settings()) == []
    polling.run(house(db, clock, server, wanted=("cpsc",)))
    assert {one.path for one in server.web.asked} == {"/cpsc"}
    with pytest.raises(FengsuiError):
        polling.named(settings(server, wanted=()), "cpsc")


def test_broken_records_are_told_and_the_others_stored(db: Database, clock: FixedClock, server: RecallServer) -> None:
    server.safety_gate = [
        {**CHARGER, "alert_number": ""}, {**CHARGER, "alert_date": "2026-11-19", "product_name": None,
        "product_type": None, "alert_number": "B", "product_model_type": None}, CHARGER,
    ]  # fmt: skip
    counts = ask(house(db, clock, server), "safety_gate")
    assert (counts["new"], counts["bad"]) == (1, 2)
    assert list(stored(db)) == ["SR/90101/26"]


def test_lines_of_refusals_from_a_table(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "refusals.csv"
    path.write_text(LINES, "utf-8")
    report = put(db, path)
    assert (report.read, report.new, report.bad, report.alerts) == (3, 1, 2, 1)
    assert reasons(db, report) == [
        (3, "It does not say which product it is about."),
        (4, "“no day” is not a date; one looks like 2026-11-22."),
    ]
    (one,) = stored(db).values()
    assert one.record == {
        "source": "fda_refusals", "number": "XX9/9990101/1/1", "kind": "refusal", "date": "2026-11-20", "market": "US",
        "agreement": "SPS", "product": "SHRIMP, FROZEN", "firm": "Made-up Seafood Co Ltd", "origin": ["CN"],
        "risk": "482, 9999", "link": shapes.FDA_SEARCH, "language": "en",
    }  # fmt: skip
    assert put(db, path).unchanged == 1


def test_the_archive_says_what_its_charges_mean(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "Import_Refusal.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("REFUSAL_ENTRY_2024-present.csv", LINES)
        archive.writestr("ACT_SECTION_CHARGES.csv", CHARGES)
    assert put(db, path).new == 1
    (one,) = stored(db).values()
    assert one.record["risk"] == "It bears or contains an unsafe animal drug.; FDA 9999"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_search_of_rasff(db: Database, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"rasff.{form}"
    if form == "csv":
        path.write_text(RASFF, "utf-8")
    else:
        import csv

        header, *rows = list(csv.reader(RASFF.splitlines()))[1:]
        write_xlsx(path, [dict(zip(header, row, strict=True)) for row in rows], header)
    report = put(db, path)
    assert (report.new, report.bad) == (2, 0)
    found = stored(db)
    assert found["2026.9901"].record == {
        "source": "rasff", "number": "2026.9901", "kind": "refusal", "date": "2026-11-19", "market": "EU",
        "notified_by": "NL", "agreement": "SPS", "product": "Aflatoxins in groundnuts from China",
        "category": "nuts and seeds", "origin": ["CN"], "risk": "aflatoxin B1; serious",
        "measure": "border rejection notification", "link": shapes.RASFF_PAGE, "language": "en",
    }  # fmt: skip
    assert found["2026.9902"].record["origin"] == ["TR", "CN"]
    assert "notified_by" not in found["2026.9902"].record


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cpsc.json", json.dumps([POWER_BANK])),
        ("ods.json", json.dumps({"total_count": 1, "results": [CHARGER]}, indent=1)),
        ("fda.json", json.dumps({"statuscode": 400, "result": [SHRIMP]})),
        ("lines.jsonl", json.dumps(MUSHROOMS) + "\n" + json.dumps({**MUSHROOMS, "recall_number": "F-2"}) + "\n"),
    ],
)
def test_answers_that_were_saved_to_files(db: Database, tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    assert put(db, path).new == (2 if name == "lines.jsonl" else 1)


def test_a_line_that_is_no_json_is_told(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps(MUSHROOMS) + "\n{half\n7\n", "utf-8")
    report = put(db, path)
    assert (report.new, [row for row, _ in reasons(db, report)]) == (1, [2, 3])


def test_our_own_export_comes_back_as_it_was(db: Database, tmp_path: Path) -> None:
    from bot import exports

    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in (CHARGER, TOY)), "utf-8")
    put(db, path)
    for form in exports.FORMATS:
        back = tmp_path / f"recalls.{form}"
        back.write_bytes(db.look(lambda tx, form=form: exports.write(exports.KINDS["recalls"](tx), form)))
        assert put(db, back).unchanged == 2, form


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b'{"a": 1}', b"\x00\x01binary", b"PK\x03\x04broken"])
def test_what_is_no_file_of_recalls_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        recall_file.open(path)
    for language in ("zh", "en"):
        assert i18n.load()(caught.value.key, language, **caught.value.values)


def test_an_import_that_died_goes_on_where_it_stopped(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    lines = [json.dumps({**MUSHROOMS, "recall_number": f"F-{number}"}) for number in range(120)]
    path.write_text("\n".join(lines), "utf-8")

    class Dies(RuntimeError):
        pass

    def die(report: intake.ImportReport, total: int) -> None:
        raise Dies

    with pytest.raises(Dies):
        intake.run_import(db, any_file.open(path), clock=FixedClock(NOW), on_progress=die)
    assert len(stored(db)) == 50
    report = put(db, path)
    assert (report.read, report.new, len(stored(db))) == (120, 120, 120)


def test_a_folder_takes_recalls_too(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    where = tmp_path / "drop"
    where.mkdir()
    (where / "rasff.csv").write_text(RASFF, "utf-8")
    place = polling.House(db, clock, Settings.model_validate({"feeds": {"folder": str(where)}}))
    (folder,) = polling.configured(place.settings)
    polling.poll(place, folder, by_hand=True)
    polling.poll(place, folder, by_hand=True)
    assert len(stored(db)) == 2
    assert (where / "done" / "rasff.csv").exists()
