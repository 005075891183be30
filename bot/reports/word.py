"""A draft comment as a Word document, for the officer to finish and send."""

import io
from typing import Any

from bot.comments import BLOCKS, DraftComment
from bot.i18n import Texts

INSIDE = "internal"  # the block that is never part of what is sent
FONTS = {"zh": "SimSun", "en": "Times New Roman"}


def docx(comment: DraftComment, texts: Texts, language: str, *, internal: bool = False) -> bytes:
    """The comment in one language; `internal` adds the part that stays in the house, on a page of its own."""
    from docx import Document

    paper: Any = Document()
    _fonts(paper, language)
    mark = "approved_mark" if comment.state == "approved" else "draft_mark"
    paper.sections[0].header.paragraphs[0].text = texts(f"comment.{mark}", language)
    paper.core_properties.title = _clean(comment.blocks["subject"][language])[:250]
    paper.add_heading(_clean(comment.blocks["subject"][language]), level=1)
    for block in BLOCKS:
        if block not in ("subject", INSIDE):
            _part(paper, texts(f"comment.block.{block}", language), comment.blocks[block][language])
    if internal:
        paper.add_page_break()
        _part(paper, texts(f"comment.block.{INSIDE}", language), comment.blocks[INSIDE][language])
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _fonts(paper: Any, language: str) -> None:
    from docx.oxml.ns import qn

    normal = paper.styles["Normal"]
    normal.font.name = FONTS["en"]
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONTS["zh"])


def _part(paper: Any, title: str, text: str) -> None:
    paper.add_heading(title, level=2)
    for line in _clean(text).split("\n"):
        paper.add_paragraph(line)


def _clean(text: str) -> str:
    """Without the control characters that no XML can hold."""
    return "".join(letter for letter in text if letter in "\n\t" or ord(letter) >= 32)
