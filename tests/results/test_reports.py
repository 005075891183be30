"""The files that results become: each is opened again and read."""

import io
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from bot import comments, reports
from bot.comments import BLOCKS, DraftComment
from bot.errors import NotReady
from bot.i18n import Texts
from bot.notifications import Notification
from bot.results import About, Amount, Name, Rate, Rates, Summary, summarise
from tests.results.test_tally import COUNTY, OTHER, answer

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FORMULAS = ('=cmd|" /C calc"!A0', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(1)")
TOYS = Notification(
    1, "G/TBT/N/EU/9901", "G/TBT/N/EU/9901",
    {"symbol": "G/TBT/N/EU/9901", "agreement": "TBT", "members": ["EU"], "title": "Draft Regulation on toys"},
    date(2027, 1, 15), None, 1,
)  # fmt: skip


@pytest.fixture(scope="session")
def font() -> Path:
    try:
        return reports.chinese()
    except NotReady as missing:
        pytest.skip(f"NO CHINESE FONT: {missing}")


@pytest.fixture
def found() -> Summary:
    firm = Name(9, "甲玩具厂", "A Toys")
    more = {"clause": "第5条", "reason": ["test_method", "time"], "wanted_outcome": ["amend"]}
    given = [
        answer(n, amounts={"estimated_loss": Amount(1e6 + n, "USD"), "export_value": Amount(5e6, "CNY")},
               texts={"comment": FORMULAS[n % 7]}, more=more, consent="foreign" if n == 0 else "aggregate",
               enterprise=firm if n == 0 else None, county=COUNTY if n < 8 else OTHER)
        for n in range(14)
    ]  # fmt: skip
    given += [answer(30 + n, county=OTHER, affected="none", markets=("US",)) for n in range(2)]
    about = About(
        "欧盟玩具法规草案：征集意见", "EU draft on toys", TOYS, 12, {"enterprise": date(2026, 12, 1)}, True, 20, 16
    )
    return summarise(about, given, Rates({"CNY": Rate("CNY", date(2026, 11, 20), 0.14, "CFETS")}), now=NOW)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_workbook_has_the_tables_and_one_row_an_answer(found: Summary, texts: Texts, language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(reports.workbook(found, texts, language, single=True)))
    assert len(book.sheetnames) == 9
    rows = list(book[texts("report.sheet.answers", language)].iter_rows(values_only=True))
    assert len(rows) == 17
    loss = rows[0].index(texts("report.answer.estimated_loss", language))
    assert [row[loss] for row in rows[1:4]] == [1e6, 1e6 + 1, 1e6 + 2]
    counties = list(book[texts("report.by.county", language)].iter_rows(values_only=True))
    assert counties[1][:2] == (COUNTY[language], 8)
    assert counties[-1][1] == 16


def test_without_the_right_to_see_them_single_answers_are_not_in_it(found: Summary, texts: Texts) -> None:
    book = openpyxl.load_workbook(io.BytesIO(reports.workbook(found, texts, "zh", single=False)))
    assert texts("report.sheet.answers", "zh") not in book.sheetnames


def test_small_cells_are_hidden_in_every_sheet(found: Summary, texts: Texts) -> None:
    book = openpyxl.load_workbook(io.BytesIO(reports.workbook(found, texts, "zh", single=False)))
    markets = list(book[texts("report.by.market", "zh")].iter_rows(values_only=True))
    assert [row[1] for row in markets[1:]] == ["*", "*", 16]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_cell_is_a_formula(found: Summary, texts: Texts, language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(reports.workbook(found, texts, language, single=True)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {cell.value for cell in cells} >= {FORMULAS[0], FORMULAS[1]}
    table = reports.csv_file(found, texts, language).decode("utf-8-sig")
    assert "'+1+1" in table
    assert ",+1+1" not in table


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_pdf_can_be_read(found: Summary, texts: Texts, font: Path, tmp_path: Path, language: str) -> None:
    content = reports.pdf(found, texts, language, font=font)
    assert content.startswith(b"%PDF-")
    if not shutil.which("pdftotext"):
        pytest.skip("NO PDFTOTEXT: install Debian's poppler-utils to read the PDF")
    (tmp_path / "report.pdf").write_bytes(content)
    command = ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for words in (found.about.title(language), "S-000012", "G/TBT/N/EU/9901", COUNTY[language], "CFETS", "0.14"):
        assert words in said, words
    assert texts("report.note.provisional", language)[:12] in said


def test_without_a_font_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotReady) as caught:
        reports.chinese(tmp_path / "none.ttf")
    assert caught.value.key == "report.no_such_font"


# --- the draft comment ----------------------------------------------------------------------------


@pytest.fixture
def blocks(found: Summary, texts: Texts) -> comments.Blocks:
    return comments.draft(found, texts, centre={"zh": "通报咨询中心", "en": "the enquiry centre"})


def test_the_draft_has_ten_blocks_in_both_languages(blocks: comments.Blocks) -> None:
    assert tuple(blocks) == BLOCKS
    assert len(BLOCKS) == 10
    assert all(text for block in blocks.values() for text in (block["zh"], block["en"]))
    assert "G/TBT/N/EU/9901" in blocks["subject"]["en"]


def test_only_those_who_consented_are_in_what_is_sent(blocks: comments.Blocks) -> None:
    said = blocks["comments"]["zh"]
    assert "甲玩具厂" in said
    assert FORMULAS[0] in said
    assert not [words for words in FORMULAS[1:] if words in said.replace(FORMULAS[0], "")]
    assert f"(to be translated) {FORMULAS[0]}" in blocks["comments"]["en"]


def test_a_reason_brings_the_articles_it_can_rest_on(blocks: comments.Blocks) -> None:
    assert "Article 2.4 of the TBT Agreement" in blocks["comments"]["en"]
    assert "第 5.4 条" in blocks["comments"]["zh"]


def test_the_word_file_is_the_comment_without_the_internal_part(blocks: comments.Blocks, texts: Texts) -> None:
    comment = DraftComment(12, blocks, "draft", 1, None, NOW, None, None)
    paper = Document(io.BytesIO(reports.docx(comment, texts, "zh")))
    said = "\n".join(each.text for each in paper.paragraphs)
    assert "逐条意见" in said
    assert "甲玩具厂" in said
    assert texts("comment.block.internal", "zh") not in said
    assert paper.sections[0].header.paragraphs[0].text == "草稿，尚未批准"
    inside = Document(io.BytesIO(reports.docx(comment, texts, "zh", internal=True)))
    assert texts("comment.block.internal", "zh") in "\n".join(each.text for each in inside.paragraphs)


def test_letters_that_no_document_can_hold_are_left_out(blocks: comments.Blocks, texts: Texts) -> None:
    blocks["comments"]["zh"] = "一\x00二\x0b三"
    paper = reports.docx(DraftComment(12, blocks, "approved", 1, None, NOW, None, None), texts, "zh")
    assert "一二三" in "\n".join(each.text for each in Document(io.BytesIO(paper)).paragraphs)
