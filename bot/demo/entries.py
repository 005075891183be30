"""The demonstration's data files, their days counted from the clock (pure)."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.notifications import Record, normalise

FOLDER = Path(__file__).parent / "data"
SOURCE = "demonstration"
# What an entry counts in days from the clock's day, and the key of the record that it becomes.
DAYS = {
    "days": "date",
    "deadline_in": "comment_deadline",
    "adoption_in": "proposed_adoption",
    "force_in": "proposed_entry_into_force",
    "until_in": "until",
}

Entry = dict[str, Any]


def entries(name: str) -> list[Entry]:
    """The entries of data/NAME.yml, in the order of the file."""
    loaded: list[Entry] = yaml.load((FOLDER / f"{name}.yml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


def dated(entry: Entry, today: date) -> Entry:
    """The entry with days of the calendar instead of distances: {"days": -3} -> {"date": date}."""
    days = {DAYS[key]: today + timedelta(days=value) for key, value in entry.items() if key in DAYS}
    return {**{key: value for key, value in entry.items() if key not in DAYS}, **days}


def records(name: str, now: datetime) -> list[Record]:
    """The normalised notifications of data/NAME.yml; a joint one gives a record for each of its symbols."""
    raw = ({**dated(entry, now.date()), "source": SOURCE} for entry in entries(name))
    return [record for one in raw for record in normalise(one)]
