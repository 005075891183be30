"""A survey in the console: opened, answered, passed up, downloaded and closed."""

import io
import re
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection, func, insert, select

from bot import comments, feedback, interests, members, notifications, surveys
from bot.authority import Role
from bot.db.models import feedback_files, invitations
from bot.feedback import Filled, Origin
from tests import factories
from tests.conftest import NOW
from tests.web.console.counting import statements
from tests.web.console.desk import Desk, Staff

SYMBOL = "G/TBT/N/EU/7001"
RECORD = {
    "symbol": SYMBOL, "members": ["EU"], "date": "2026-11-21", "title": "Loudspeakers", "title_zh": "扬声器",
    "products": "Bluetooth loudspeakers", "hs_codes": ["851822"], "comment_deadline": "2027-02-20",
}  # fmt: skip
FORM = {"symbol": SYMBOL, "concerned": "1", "key": "once", "title_zh": "扬声器征集", "title_en": "On loudspeakers"}


def enterprise(tx: Connection, desk: Desk, name: str, *, other: bool = False) -> int:
    at = desk.tree.other_enterprise if other else desk.tree.enterprise
    member_id = factories.person(tx, name, now=NOW, at=at, language="zh")
    members.rename(tx, member_id, name)
    interests.register(tx, member_id, key=name, now=NOW, products=("蓝牙音箱",), markets=("EU",))
    return member_id


@pytest.fixture
def people(desk: Desk) -> dict[str, int]:
    def put(tx: Connection) -> dict[str, int]:
        notifications.upsert(tx, notifications.normalise(RECORD)[0], source="test", now=NOW)
        return {
            "Anna": enterprise(tx, desk, "Anna"), "Boris": enterprise(tx, desk, "Boris", other=True),
        }  # fmt: skip

    return desk.site.service.run(put)


def opened(desk: Desk, staff: Staff, **more: Any) -> int:
    """Opened on the page, and everybody asked."""
    where = staff.do("/surveys", **{**FORM, "organisation": str(desk.tree.centre.id), **more})
    service = desk.site.service
    surveys.run(service.db, service.clock, surveys.Rules.of(service.app.services.settings))
    found = re.fullmatch(r"/console/surveys/(\d+)\?said=survey_opened", where)
    assert found
    return int(found[1])


def answer(desk: Desk, member_id: int, **answers: Any) -> int:
    """A whole feedback, as the dialogue stores it."""

    def put(tx: Connection) -> int:
        origin, filled = Origin(channel="memory", address="anna", language="zh"), Filled()
        for slot, value in {"notification": SYMBOL, "product": "蓝牙音箱", **answers}.items():
            filled.take(slot, value)
        draft = feedback.begin(tx, member_id, filled, origin=origin, key="b", now=NOW, affected="serious")
        return feedback.submit(tx, draft, origin=origin, key="s", now=NOW).id

    return desk.site.service.run(put)


def test_it_is_opened_once_however_often_the_button_is_pressed(desk: Desk, people: dict[str, int]) -> None:
    staff = desk.staff(Role.OFFICER)
    row = desk.site.service.look(notifications.by_symbol, SYMBOL)
    assert row
    form = staff.see("/surveys/new", notification=row.id)
    assert SYMBOL in form
    assert "comments close on" in form
    assert "It concerns 2 members" in staff.see(
        "/surveys/count", organisation=desk.tree.centre.id, concerned="1", notification=row.id
    )  # fmt: skip
    question = {"kind_1": "choice", "zh_1": "有报告吗？", "en_1": "Any report?", "options_1": "有|Yes\n没有|No"}
    first = opened(desk, staff, **question)
    assert opened(desk, staff, **question) == first
    page = staff.see(f"/surveys/{first}")
    assert "On loudspeakers" in page
    assert "Any report?" in page
    assert "Enterprises asked 2, answered 0, silent 2" in page
    assert desk.site.service.look(lambda tx: tx.execute(select(func.count()).select_from(invitations)).scalar()) == 2
    refused = staff.post("/surveys", **{**FORM, "key": "twice", "organisation": str(desk.tree.centre.id)})
    assert refused.status_code == 400  # there is one already, and what was typed stays
    assert 'value="扬声器征集"' in refused.text


def test_an_audience_is_counted_and_never_beyond_reach(desk: Desk, people: dict[str, int]) -> None:
    tree = desk.tree
    boss, county = desk.staff(Role.OFFICER), desk.staff(Role.OFFICER, tree.county)
    counted = boss.see("/surveys/count", organisation=tree.centre.id, concerned="0", products="蓝牙音箱")
    assert "2 members" in counted
    assert "1 member" in county.see("/surveys/count", organisation=tree.county.id, concerned="0", products="蓝牙音箱")
    assert county.get("/surveys/count", organisation=tree.centre.id, concerned="0").status_code == 403
    beyond = county.get("/surveys/count", organisation=tree.county.id, regions=tree.other_county.id)
    assert beyond.status_code == 403
    everybody = boss.post("/surveys", **{**FORM, "concerned": "0", "organisation": str(tree.centre.id)})
    assert everybody.status_code == 400  # nothing chosen is not everybody


def test_a_county_completes_its_sheet_and_passes_it_up(desk: Desk, people: dict[str, int]) -> None:
    boss, officer = desk.staff(Role.OFFICER), desk.staff(Role.OFFICER, desk.tree.county)
    survey, county = opened(desk, boss), desk.tree.county.id
    answer(desk, people["Anna"], export_value={"value": 3e6, "currency": "USD"}, comment="过渡期太短")
    here = f"/surveys/{survey}/sheets/{county}"
    page = officer.see(here)
    assert "seriously affected" in page
    assert "3,000,000 USD" in page
    officer.do(here, opinion="建议延长过渡期")
    assert "建议延长过渡期" in officer.see(here)
    assert officer.do(here, opinion="建议延长过渡期至24个月", **{"pass": "1"}).endswith("sheet_passed")
    assert officer.post(here, opinion="再改").status_code == 400
    assert "passed up" in boss.see(f"/surveys/{survey}")
    boss.do(f"{here}/reopen", reason="请补充数据")
    officer.do(here, opinion="已补充", **{"pass": "1"})
    other = desk.staff(Role.OFFICER, desk.tree.other_county)
    assert other.get(here).status_code == 403
    assert other.get(f"/surveys/{survey}").status_code == 200  # its own enterprise is asked too
    assert "Anna" not in other.see(f"/surveys/{survey}/silent")
    assert "Boris" in other.see(f"/surveys/{survey}/silent")


def test_the_files_open_and_hold_what_was_said_without_formulas(desk: Desk, people: dict[str, int]) -> None:
    boss = desk.staff(Role.OFFICER)
    survey = opened(desk, boss)
    answer(desk, people["Anna"], comment='=HYPERLINK("http://evil")', export_value={"value": 3e6, "currency": "USD"})
    book = boss.get(f"/surveys/{survey}/results.xlsx")
    assert "attachment" in book.headers["content-disposition"]
    cells = [cell for sheet in load_workbook(io.BytesIO(book.content)) for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}  # never a formula
    table = boss.get(f"/surveys/{survey}/results.csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK" in table
    paper = boss.get(f"/surveys/{survey}/results.pdf")
    assert paper.status_code in (200, 503), paper.text  # 503: this machine has no Chinese font, and it says so
    assert paper.content.startswith(b"%PDF") or "font" in paper.text
    assert boss.get(f"/surveys/{survey}/results.exe").status_code == 404


def test_the_draft_comment_is_made_edited_approved_and_never_overwritten_unseen(
    desk: Desk, people: dict[str, int]
) -> None:
    boss, analyst = desk.staff(Role.OFFICER), desk.staff(Role.ANALYST)
    survey = opened(desk, boss)
    here = f"/surveys/{survey}/comment"
    assert "There is no draft yet" in analyst.see(here)
    analyst.do(f"{here}/new")
    blocks = desk.site.service.look(comments.of_survey, survey)
    assert blocks
    fields = {f"{block}_{one}": f"{block} {one}" for block in comments.BLOCKS for one in ("zh", "en")}
    analyst.do(here, version=str(blocks.version), **fields)
    late = boss.post(here, version=str(blocks.version), **{**fields, "subject_en": "Mine"})
    assert late.status_code == 200
    assert "Mine" in late.text  # not stored, and not lost
    kept = desk.site.service.look(comments.of_survey, survey)
    assert kept
    assert kept.blocks["subject"]["en"] == "subject en"
    assert analyst.post(f"{here}/approve", version=str(kept.version)).status_code == 403
    boss.do(f"{here}/approve", version=str(kept.version))
    word = boss.get(f"/surveys/{survey}/comment.en.docx")
    said = "\n".join(one.text for one in docx.Document(io.BytesIO(word.content)).paragraphs)
    assert "requests en" in said
    assert "internal en" not in said
    inside = boss.get(f"/surveys/{survey}/comment.en.docx", internal="1")
    assert "internal en" in "\n".join(one.text for one in docx.Document(io.BytesIO(inside.content)).paragraphs)


def test_it_is_closed_with_a_conclusion(desk: Desk, people: dict[str, int]) -> None:
    boss = desk.staff(Role.OFFICER)
    survey = opened(desk, boss)
    assert boss.post(f"/surveys/{survey}/close", conclusion=" ").status_code == 400
    boss.do(f"/surveys/{survey}/close", conclusion="已提交评议")
    assert "已提交评议" in boss.see(f"/surveys/{survey}")
    assert boss.post(f"/surveys/{survey}/cancel").status_code == 400
    assert "On loudspeakers" in boss.see("/surveys", state="closed")
    assert "On loudspeakers" not in boss.see("/surveys", state="open")


def test_a_study_goes_to_its_assignee_and_back(desk: Desk, people: dict[str, int]) -> None:
    boss, worker, stranger = desk.staff(Role.OFFICER), desk.staff(Role.ANALYST), desk.staff(Role.SECRETARY)
    where = boss.do("/studies", title="试验方法", task="比对", assignee=str(worker.member_id), due="2026-12-10")
    study = re.findall(r"/studies/\d+", where)[0]
    assert "试验方法" in worker.see("/studies")
    assert stranger.get(study).status_code == 403
    assert worker.post(f"{study}/deliver").status_code == 400
    worker.do(f"{study}/deliver", result="方法不同", files={"file": ("报告.pdf", b"%PDF-1.4", "application/pdf")})
    assert boss.get(f"{study}/file").content == b"%PDF-1.4"
    assert stranger.get(f"{study}/file").status_code == 403
    boss.do(f"{study}/decide", accept="0", note="请补充")
    worker.do(f"{study}/deliver", result="已补充")
    assert boss.do(f"{study}/decide", accept="1").endswith("study_accepted")
    assert boss.post("/studies", title="x", task="y", assignee="999999", due="2026-12-10").status_code == 400
    assert boss.post("/studies", title="x", task="y", assignee="1", due="soon").status_code == 400


def test_answers_are_read_in_full_with_their_files(desk: Desk, people: dict[str, int]) -> None:
    boss, officer = desk.staff(Role.OFFICER), desk.staff(Role.OFFICER, desk.tree.county)
    row = answer(desk, people["Anna"], comment="<b>太短</b>", estimated_loss={"value": 2e5, "currency": "CNY"})
    folder = desk.site.service.app.services.settings.data / "files" / "abc"
    folder.mkdir(parents=True)
    (folder / "label.png").write_bytes(b"\x89PNG")
    (folder / "page.html").write_bytes(b"<script>alert(1)</script>")

    def attach(tx: Connection) -> list[int]:
        def one(name: str, media: str) -> int:
            values = {"feedback_id": row, "name": name, "media_type": media, "path": f"abc/{name}", "size": 4}
            made = insert(feedback_files).values(**values, key=name, at=NOW).returning(feedback_files.c.id)
            return int(tx.execute(made).scalar_one())

        return [one("label.png", "image/png"), one("page.html", "text/html"), one("../../secret", "image/png")]

    picture, page, outside = desk.site.service.run(attach)
    shown = officer.see(f"/feedback/{row}")
    assert "&lt;b&gt;太短" in shown
    assert "200,000 CNY" in shown
    assert f'src="/console/feedback/{row}/files/{picture}"' in shown
    looked = officer.get(f"/feedback/{row}/files/{picture}")
    assert (looked.headers["content-type"], looked.headers["content-disposition"][:6]) == ("image/png", "inline")
    saved = officer.get(f"/feedback/{row}/files/{page}")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment")
    assert officer.get(f"/feedback/{row}/files/{outside}").status_code == 404
    assert "Anna" not in desk.staff(Role.OFFICER, desk.tree.other_county).see("/feedback")
    assert desk.staff(Role.OFFICER, desk.tree.other_county).get(f"/feedback/{row}").status_code == 403
    assert "F-0000" in boss.see("/feedback", q="太短")


def test_a_draft_is_nobodys_business(desk: Desk, people: dict[str, int]) -> None:
    def begin(tx: Connection) -> int:
        origin, filled = Origin(channel="memory", address="anna", language="zh"), Filled()
        filled.take("notification", SYMBOL)
        return feedback.begin(tx, people["Anna"], filled, origin=origin, key="d", now=NOW).id

    row = desk.site.service.run(begin)
    assert desk.staff(Role.ADMINISTRATOR).get(f"/feedback/{row}").status_code == 404


def test_the_lists_ask_as_much_for_ten_as_for_two_hundred(desk: Desk, people: dict[str, int]) -> None:
    boss, service = desk.staff(Role.OFFICER), desk.site.service
    survey = opened(desk, boss)

    def many(tx: Connection, numbers: range) -> None:
        origin = Origin(channel="memory", address="anna", language="zh")
        for number in numbers:
            member_id = enterprise(tx, desk, f"person {number}")
            feedback.tap(tx, member_id, SYMBOL, "none", origin=origin, key=f"t{number}", now=NOW)

    def asked(path: str) -> int:
        return statements(service.db, lambda: boss.see(path))

    paths = ("/surveys", "/feedback", f"/surveys/{survey}", f"/surveys/{survey}/silent")
    service.run(many, range(10))
    few = {path: asked(path) for path in paths}
    service.run(many, range(10, 120))
    assert {path: asked(path) for path in paths} == few
