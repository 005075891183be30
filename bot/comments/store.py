"""The draft comment of a survey in the database: made once, edited by version, approved by an officer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot import authority
from bot.authority import Deed
from bot.comments.drafting import BLOCKS, Blocks
from bot.db.models import draft_comments, surveys
from bot.errors import BadInput
from bot.i18n import LANGUAGES

LONGEST = 20_000  # characters of a block


@dataclass(frozen=True, slots=True)
class DraftComment:
    """A draft as it stands. `version` must be shown when it is changed: nobody overwrites what they have not seen."""

    survey_id: int
    blocks: Blocks
    state: str  # draft | approved
    version: int
    edited_by: int | None
    edited_at: datetime
    approved_by: int | None
    approved_at: datetime | None


def of_survey(tx: Connection, survey_id: int) -> DraftComment | None:
    row = tx.execute(select(draft_comments).where(draft_comments.c.survey_id == survey_id)).first()
    return _read(row) if row else None


def keep(tx: Connection, survey_id: int, blocks: Blocks, *, by: int, now: datetime) -> DraftComment:
    """Store a new draft. One that is there already stays as it is, and is returned. Raises NotAllowed, BadInput."""
    _require(tx, by, Deed.WRITE_COMMENT, survey_id)
    known = of_survey(tx, survey_id)
    if known is not None:
        return known
    values = {"survey_id": survey_id, "blocks": blocks, "version": 1, "edited_by": by, "edited_at": now}
    row = tx.execute(insert(draft_comments).values(**values, state="draft").returning(draft_comments)).one()
    return _read(row)


def edit(tx: Connection, survey_id: int, blocks: Blocks, *, version: int, by: int, now: datetime) -> DraftComment:
    """Change the draft of that version; what was approved is a draft again. Raises NotAllowed, BadInput."""
    _require(tx, by, Deed.WRITE_COMMENT, survey_id)
    values = {"blocks": _checked(blocks), "state": "draft", "edited_by": by, "edited_at": now}
    return _change(tx, survey_id, version, {**values, "approved_by": None, "approved_at": None})


def approve(tx: Connection, survey_id: int, *, version: int, by: int, now: datetime) -> DraftComment:
    """Approve the draft of that version, for an officer to send. Raises NotAllowed, BadInput."""
    _require(tx, by, Deed.APPROVE_COMMENT, survey_id)
    done = _change(tx, survey_id, version, {"state": "approved", "approved_by": by, "approved_at": now})
    authority.record(tx, by, "approve_comment", allowed=True, now=now, subject=f"survey {survey_id}")
    return done


def _require(tx: Connection, by: int, deed: Deed, survey_id: int) -> None:
    organisation = tx.execute(select(surveys.c.organisation_id).where(surveys.c.id == survey_id)).scalar()
    if organisation is None:
        raise BadInput("report.no_survey", number=survey_id)
    authority.require(tx, by, deed, organisation)


def _change(tx: Connection, survey_id: int, version: int, values: dict[str, Any]) -> DraftComment:
    here = (draft_comments.c.survey_id == survey_id) & (draft_comments.c.version == version)
    changed = update(draft_comments).where(here).values(version=version + 1, **values).returning(draft_comments)
    row = tx.execute(changed).first()
    if row is None:
        raise BadInput("comment.changed_meanwhile")
    return _read(row)


def _checked(blocks: Blocks) -> Blocks:
    """All blocks in both languages, and nothing else. Raises BadInput for a block that is too long."""
    checked = {block: {tongue: str(blocks.get(block, {}).get(tongue, "")) for tongue in LANGUAGES} for block in BLOCKS}
    if any(len(text) > LONGEST for block in checked.values() for text in block.values()):
        raise BadInput("comment.too_long", limit=LONGEST)
    return checked


def _read(row: Any) -> DraftComment:
    names = DraftComment.__dataclass_fields__
    return DraftComment(**{name: getattr(row, name) for name in names})
