"""Every command once, and what each says to a person who typed something wrong."""

import csv
import io
import json
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from bot import exports
from tests.commands.conftest import Run
from tests.fakes.eping_server import KEY, SPEAKERS, EpingServer
from tests.fakes.web_server import WebServer
from tests.server import PROJECT, House, environment

NOTIFICATIONS = [
    {"symbol": "G/TBT/N/EU/7001", "members": ["EU"], "date": "2026-11-21", "title": "Loudspeakers",
     "products": "Bluetooth loudspeakers", "hs_codes": ["851822"], "comment_deadline": "2027-01-20"},
    {"symbol": "G/TBT/N/USA/7002", "members": ["US"], "date": "2026-11-21", "title": "Toys", "products": "Toys"},
]  # fmt: skip
INTERESTS = [
    {"id": "a", "company": "A", "lang": "en", "products": ["Bluetooth speakers"], "hs_codes": [], "markets": ["DE"]},
    {"id": "b", "company": "B", "lang": "zh", "products": ["茶叶"], "hs_codes": [], "markets": [], "keywords": []},
    {"id": 3, "products": ["toys"]},
]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Paths of files with made-up content, by name."""
    made = {"notifications": NOTIFICATIONS, "interests": INTERESTS}
    for name, items in made.items():
        (tmp_path / name).write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    (tmp_path / "not-json").write_text('{"symbol": "G/TBT/N/EU/1"}\nrubbish\n', "utf-8")
    organisations = "code,kind,name_zh,name_en\nONE,enterprise,=1+1,+HYPERLINK(1)\n"
    (tmp_path / "organisations").write_text(organisations, "utf-8")
    return {path.name: str(path) for path in tmp_path.iterdir() if path.is_file()}


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# --- ask and parse ---------------------------------------------------------------------------------


def test_ask(fengsui: Run) -> None:
    done = fengsui("ask", "TBT通报的评议期是多久？")
    assert done.status == 0
    assert "60" in done.text


def test_ask_as_json(fengsui: Run) -> None:
    (answer,) = lines(fengsui("ask", "How long is the comment period of a TBT notification?", "--json").text)
    assert (answer["intent"], answer["language"], answer["found"]) == ("ask_question", "en", True)
    assert answer["article"]
    assert answer["sources"][0]["url"].startswith("https://")


def test_ask_is_forgotten(fengsui: Run, house: House) -> None:
    fengsui("ask", "We export toys to Japan, please alert me")
    for kind in ("interests", "tickets", "deliveries"):
        assert fengsui("export", kind, "--format", "jsonl").text == ""


def test_ask_reads_lines(fengsui: Run) -> None:
    asked = '{"id": 1, "text": "您好"}\n\nrubbish\n[]\n{"text": "hello"}\n{"id": "z", "text": "\\ud800 x"}\n'
    done = fengsui("ask", "-", stdin=asked)
    found = lines(done.text)
    assert [one.get("id") for one in found] == [1, None, "z"]
    assert [one["language"] for one in found[:2]] == ["zh", "en"]
    assert all(one["replies"] for one in found)
    assert done.err.count("is not a JSON object") == 2


def test_eval_nlu(fengsui: Run, tmp_path: Path) -> None:
    file, page = tmp_path / "s.jsonl", tmp_path / "s.html"
    file.write_text(
        '{"text": "请帮我订阅欧盟的玩具通报吧谢谢", "language": "zh", "intent": "subscribe",'
        ' "entities": [{"entity": "market", "value": "EU"}, {"entity": "product", "value": "玩具"}]}\n'
        '{"text": "who painted the sistine chapel", "language": "en", "intent": "out_of_scope"}\n',
        "utf-8",
    )
    done = fengsui("eval", "nlu", str(file), "--html", str(page), "--json")
    (found,) = lines(done.text)
    assert (found["accuracy"], found["outside_recall"], found["entity_f1"]) == (1.0, 1.0, 1.0)
    assert "<svg" in page.read_text("utf-8")
    assert "entity_f1: 1.000" in fengsui("eval", "nlu", str(file)).text
    file.write_text("[]", "utf-8")
    assert "text, language and intent" in fengsui("eval", "nlu", str(file)).sentence
    assert "name a file" in fengsui("eval", "knowledge").sentence
    assert "knowledge, nlu" in fengsui("eval", "anything").sentence


def test_parse(fengsui: Run) -> None:
    found = json.loads(fengsui("parse", "下周五之前的通报").text)
    assert found["text"] == "下周五之前的通报"
    assert "2026-11-27" in [entity["value"] for entity in found["entities"]]  # counted from FENGSUI_CLOCK


@pytest.mark.parametrize(
    ("at", "friday"), [("2026-11-22T09:00:00Z", "2026-11-27"), ("2020-01-01T00:00:00+00:00", "2020-01-10")]
)
def test_the_clock_is_the_one_that_was_set(fengsui: Run, at: str, friday: str) -> None:
    (found,) = lines(fengsui("parse", "下周五", "--json", FENGSUI_CLOCK=at).text)
    assert found["entities"][0]["value"] == friday


def test_parse_reads_lines(fengsui: Run) -> None:
    found = lines(fengsui("parse", "-", stdin='{"id": "a", "text": "hello"}\n{"id": "b", "text": "\\u0000"}\n').text)
    assert [(one["id"], one["text"]) for one in found] == [("a", "hello"), ("b", "")]
    assert found[0]["intent"]["name"] == "greet"


# --- files in and out ------------------------------------------------------------------------------


def test_import_and_export(fengsui: Run, files: dict[str, str]) -> None:
    done = fengsui("import", "notifications", files["notifications"])
    assert "2 records read: 2 new, 0 changed, 0 unchanged, 0 bad." in done.text
    assert "0 new, 0 changed, 2 unchanged" in fengsui("import", "notifications", files["notifications"]).text
    found = lines(fengsui("export", "notifications", "--format", "jsonl").text)
    assert [one["symbol"] for one in found] == [one["symbol"] for one in NOTIFICATIONS]


def test_import_from_a_source(fengsui: Run) -> None:
    assert "eping" in fengsui("import", "notifications", "--from", "eping").sentence
    with WebServer.running() as web:
        url = EpingServer(web, SPEAKERS).url
        words = ("import", "notifications", "--from", "eping")
        setting = {"FENGSUI_FEEDS__EPING__KEY": KEY, "FENGSUI_FEEDS__EPING__URL": url}
        assert "1 new, 0 changed" in fengsui(*words, **setting).text
        assert "key" in fengsui(*words, **{**setting, "FENGSUI_FEEDS__EPING__KEY": "wrong"}).sentence
        assert "eping" in fengsui("import", "notifications", "--from", "other", **setting).sentence
    assert "--from" in fengsui("import", "notifications").sentence


def test_a_line_that_is_no_notification_is_told_and_the_rest_is_taken(fengsui: Run, files: dict[str, str]) -> None:
    done = fengsui("import", "notifications", files["not-json"])
    assert "1 new" in done.text
    assert "1 bad" in done.text
    assert "row 2" in done.text


@pytest.mark.parametrize("kind", sorted(exports.KINDS))
@pytest.mark.parametrize("form", exports.FORMATS)
def test_every_kind_is_exported_in_every_format(fengsui: Run, kind: str, form: str) -> None:
    done = fengsui("export", kind, "--format", form)
    assert done.status == 0
    if form == "xlsx":
        openpyxl.load_workbook(io.BytesIO(done.out)).close()


def test_no_cell_is_ever_a_formula(fengsui: Run, files: dict[str, str], tmp_path: Path) -> None:
    fengsui("import", "organisations", files["organisations"])
    (stored,) = lines(fengsui("export", "organisations", "--format", "jsonl").text)
    assert (stored["name_zh"], stored["name_en"]) == ("=1+1", "+HYPERLINK(1)")
    (row,) = csv.DictReader(io.StringIO(fengsui("export", "organisations").out.decode("utf-8-sig")))
    assert (row["name_zh"], row["name_en"]) == ("'=1+1", "'+HYPERLINK(1)")
    out = tmp_path / "out.xlsx"
    assert fengsui("export", "organisations", "--format", "xlsx", "--out", str(out)).out == b""
    book = openpyxl.load_workbook(out)
    cells = {cell.value: cell.data_type for cell in book.worksheets[0][2]}
    book.close()
    assert (cells["=1+1"], cells["+HYPERLINK(1)"]) == ("s", "s")


def test_match_is_a_function_of_two_files(fengsui: Run, files: dict[str, str]) -> None:
    words = ("match", "--notifications", files["notifications"], "--interests", files["interests"])
    found = lines(fengsui(*words, "--json", data=False).text)
    assert [set(one) for one in found] == [{"id", "send"}] * 3
    assert [one["id"] for one in found] == ["a", "b", 3]
    assert [[sent["symbol"] for sent in one["send"]] for one in found] == [
        ["G/TBT/N/EU/7001"],
        [],
        ["G/TBT/N/USA/7002"],
    ]
    assert all(set(one) == {"symbol", "reason"} and one["reason"] for line in found for one in line["send"])
    assert "G/TBT/N/EU/7001" in fengsui(*words, data=False).text


# --- the house -------------------------------------------------------------------------------------


def test_train_when_there_is_nothing_new(fengsui: Run) -> None:
    assert "nothing to do" in fengsui("train").text


def test_migrate_when_there_is_nothing_new(fengsui: Run) -> None:
    assert re.search(r"is at version \d+ already", fengsui("migrate").text)


def test_demo_in_and_out(fengsui: Run) -> None:
    assert "is loaded" in fengsui("demo").text
    assert "was loaded before" in fengsui("demo").text
    assert len(lines(fengsui("export", "notifications", "--format", "jsonl").text)) >= 40
    assert re.search(r"[1-9]\d* ", fengsui("demo", "--new").text)
    assert "is gone" in fengsui("demo", "--remove").text
    assert fengsui("export", "notifications", "--format", "jsonl").text == ""


def test_members(fengsui: Run) -> None:
    added = fengsui(
        "member", "add", "--name", "李华", "--org", "CENTRE", "--role", "officer", "--address", "rest:li"
    ).text
    number = re.search(r"number (\d+)", added)
    assert number
    assert re.search(r"http://127.0.0.1:8000/enter/[\w-]{40,}", added)
    assert "officer@CENTRE\trest:li" in fengsui("member", "list").text
    both = (number[1], "--org", "CENTRE", "--role", "analyst")
    assert fengsui("member", "grant", *both).text == "Granted.\n"
    assert fengsui("member", "grant", *both).text == "They had this role already.\n"
    assert fengsui("member", "revoke", *both).text == "Revoked.\n"
    assert fengsui("member", "revoke", *both).text == "They did not have this role; nothing was changed.\n"
    links = {fengsui("member", "link", number[1]).text for _ in range(2)}
    assert len(links) == 2


def test_the_first_member_of_a_house_with_demonstration_data(fengsui: Run) -> None:
    fengsui("demo")
    assert "/enter/" in fengsui("member", "add", "--name", "Li", "--org", "CENTRE", "--role", "officer").text


def test_the_link_names_the_public_address(fengsui: Run) -> None:
    words = ("member", "add", "--name", "Li", "--org", "CENTRE", "--role", "officer")
    assert "https://fengsui.example/enter/" in fengsui(*words, FENGSUI_WEB__PUBLIC_URL="https://fengsui.example").text


def test_the_link_names_the_port_of_the_service_that_runs(house: House) -> None:
    words = ("member", "add", "--name", "Li", "--org", "CENTRE", "--role", "officer")
    with house.up() as server:
        assert f"{server.url}/enter/" in house.run(*words)
    assert "http://127.0.0.1:8000/enter/" in house.run(*words)
    (house.data / "listening").write_text(server.url)  # as one that was killed leaves it
    assert "http://127.0.0.1:8000/enter/" in house.run(*words)


def test_chat(house: House) -> None:
    done = house.command("chat", "--data", str(house.data), stdin="TBT通报的评议期是多久？\n1\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "60" in done.stdout
    assert "[1]" in done.stdout
    assert "Traceback" not in done.stderr


# --- up --------------------------------------------------------------------------------------------


def test_up_takes_a_free_port_and_ends_when_it_is_told_to(house: House) -> None:
    server = house.start()
    try:
        assert server.port > 0
        assert httpx.get(f"{server.url}/readyz").json() == {"ready": True, "problems": []}
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert resident
        assert int(resident[1]) < 200_000
        taken = house.command("up", "--data", str(house.data), "--port", str(server.port))
        assert taken.returncode == 2
        assert taken.stderr.strip() == f"Port {server.port} is in use, so nothing was started. " + (
            "Choose another with --port, or stop the other program."
        )
    finally:
        assert server.stop() == 0
    assert "Traceback" not in (house.data / "log.txt").read_text()
    with closing(sqlite3.connect(house.data / "fengsui.db")) as db:  # the next process need not wait for its lease
        assert db.execute("SELECT count(*) FROM leases WHERE until > unixepoch()").fetchone() == (0,)


def test_a_process_that_does_not_listen_ends_when_it_is_told_to(house: House) -> None:
    words = [sys.executable, "-m", "bot", "up", "--role", "worker", "--data", str(house.data)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=PROJECT, env=environment()) as process:
        assert process.stderr
        assert "working role=worker" in process.stderr.readline()
        process.terminate()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_a_port_that_nobody_may_take(house: House) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = house.command("up", "--data", str(house.data), "--port", str(other.getsockname()[1]))
    assert (taken.returncode, taken.stdout) == (2, "")
    assert "is in use" in taken.stderr


def test_help_is_quick_and_loads_nothing_heavy(house: House) -> None:
    heavy = "sqlalchemy|numpy|starlette|rasa_sdk|yaml.nodes"
    code = f"import re, sys, bot.cli; print([m for m in sys.modules if re.fullmatch('{heavy}', m)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(re.findall(r"'(.*?)'", done.stdout)) <= {"yaml.nodes"}


# --- what a person can mend ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "import rubbish FILE",
            'There is no "rubbish" here; it can be: notifications, recalls, organisations, members, interests.',
        ),
        ("import notifications /nothing/here.xlsx", "There is no file /nothing/here.xlsx."),
        ("import members /nothing/here.csv", "There is no file /nothing/here.csv."),
        ("export rubbish", 'There is no "rubbish" here; it can be: notifications'),
        ("export tickets --format pdf", 'There is no "pdf" here; it can be: xlsx, csv, jsonl.'),
        ("export tickets --out /nothing/here.csv", "/nothing/here.csv cannot be used: No such file or directory."),
        ("up --role king", 'There is no "king" here; it can be: all, web'),
        ("up --port 99999", 'The value of "web.port" cannot be used'),
        ("member add --name x --org NOWHERE --role officer", 'There is no organisation with the code "NOWHERE"'),
        ("member add --name x --org CENTRE --role king", 'There is no "king" here; it can be: enterprise'),
        ("member add --name x --org CENTRE --role officer --address x", '"x" cannot be used; write CHANNEL:ID'),
        ("member link 999", "There is no member number 999."),
        ("member grant 999 --org CENTRE --role officer", "There is no member number 999."),
    ],
)
def test_wrong_words(fengsui: Run, files: dict[str, str], words: str, sentence: str) -> None:
    said = fengsui(*words.replace("FILE", files["notifications"]).split()).sentence
    assert said.startswith(sentence)


def test_a_file_that_is_no_json_is_told_with_its_line(fengsui: Run, files: dict[str, str]) -> None:
    words = ("match", "--notifications", files["not-json"], "--interests", files["interests"], "--json")
    assert fengsui(*words, data=False).sentence == (
        f"Line 2 of {files['not-json']} is not a JSON object; nothing was done."
    )


@pytest.mark.parametrize("value", ["yesterday", "2026-13-45", "20261122", "5", "09:00", "2026-11-22T25:00:00Z"])
@pytest.mark.parametrize("words", [("parse", "x"), ("export", "tickets"), ("demo",)], ids=str)
def test_a_clock_that_is_none(fengsui: Run, words: tuple[str, ...], value: str) -> None:
    said = "The value of FENGSUI_CLOCK is not a time; write it like 2026-11-22T09:00:00Z."
    assert fengsui(*words, FENGSUI_CLOCK=value).sentence == said


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("WEB__PROT", "web.port"), ("LIMITS__BRUST", "limits.burst"), ("PUBLIC_URL", "web.public_url"), ("CLOK", "clock")],
)
def test_a_setting_that_nobody_knows(fengsui: Run, name: str, nearest: str) -> None:
    said = fengsui("parse", "x", **{f"FENGSUI_{name}": "1"}).sentence
    assert f'the nearest is "{nearest}"' in said


def test_the_terminals_language(fengsui: Run) -> None:
    assert fengsui("export", "rubbish", LC_ALL="zh_CN.UTF-8").sentence.startswith("不认识“rubbish”")


def test_a_data_folder_that_cannot_be_made(fengsui: Run) -> None:
    said = fengsui("demo", "--data", "/proc/nothing/here", data=False).sentence
    assert said.startswith("/proc/nothing")
    assert "cannot be used" in said


def test_a_report_of_a_survey_that_is_none_is_one_sentence(fengsui: Run) -> None:
    assert "no survey number 7" in fengsui("report", "7").sentence
    assert "xlsx, csv, pdf, docx" in fengsui("report", "7", "--format", "odt").sentence
