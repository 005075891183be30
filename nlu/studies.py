"""The one command with a body: "提交研究 R-0003 …" or "deliver study 3: …", whatever its text is about."""

from __future__ import annotations

import re

INTENT = "deliver_study"
_COMMAND = re.compile(
    r"^\W*(?:提交|交付|上交)(?:专题)?研究(?:成果|报告)?\s*(?:编号|号)?\W*(?:r\W?)?0*(?P<zh>\d{1,9})"
    r"|^\W*(?:deliver|submit)\s+(?:the\s+|my\s+)?(?:special\s+)?study\s*(?:no\.?|number|#)?\W*(?:r\W?)?0*(?P<en>\d{1,9})",
    re.IGNORECASE,
)


def delivered(text: str) -> tuple[int, str] | None:
    """(number of the study, what comes after it); None when the message is no such command."""
    found = _COMMAND.match(text)
    if found is None:
        return None
    return int(found["zh"] or found["en"]), text[found.end() :].lstrip(" \t:：,，.。—-\n").rstrip()
