"""What holds of a notification that several sources tell of: the WTO's words stay, Chinese ones come to them (pure)."""

from bot.notifications.record import KEYS, Record

TRANSLATOR = "tbt-sps.gov.cn"  # China's site of notifications: its titles and summaries are Chinese
ANNOUNCED = "rss:"  # how the source of a record begins that a feed only announced
WORDS = ("title_zh", "description_zh")


def merged(known: Record | None, arriving: Record) -> Record:
    """The record to keep, whatever the order in which the two arrive.

    A translated record gives its words to what the WTO said and nothing else; alone it stands for itself, and so does
    what a feed announced. What the WTO says takes their place, and keeps the words that it does not bring itself.
    """
    if known is None:
        return arriving
    if _weight(arriving) < _weight(known):
        return _with_words(known, arriving, over=True)
    return _with_words(arriving, known, over=False)


def _weight(record: Record) -> int:
    source = record.get("source", "")
    return 0 if source.startswith(ANNOUNCED) else 1 if source == TRANSLATOR else 2


def _with_words(record: Record, other: Record, *, over: bool) -> Record:
    words = {key: other[key] for key in WORDS if other.get(key) and (over or not record.get(key))}
    full = {**record, **words}
    return {key: full[key] for key in KEYS if key in full}
