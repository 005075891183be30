"""What an e-mail address is: one that every mail server takes, and nothing that could be more than an address."""

import re

# Letters as mail servers agree on them; no quotes, no comments, no line break. Source: RFC 5321, section 4.1.2, without
# quoted strings; RFC 1035 for the parts of the domain.
PATTERN = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
LONGEST = 200  # what an address may take in the table


def is_address(text: str) -> bool:
    return len(text) <= LONGEST and PATTERN.fullmatch(text) is not None


def found_in(text: str) -> str | None:
    """The first address that a sentence names, as it is stored: in small letters."""
    found = re.search(rf"(?<![A-Za-z0-9._%+-]){PATTERN.pattern}", text)
    return normal(found[0]) if found and is_address(found[0]) else None


def normal(address: str) -> str:
    return address.strip().lower()
