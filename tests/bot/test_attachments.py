"""Files of members: type, size and name are looked at, and staff can see who sent which."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot import attachments, inbox, members
from bot.attachments import Received, Refused
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import conversations
from bot.messages import Attachment, Inbound


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("报价 单.pdf", "报价 单.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\li\\合同.docx", "合同.docx"),
        ('a<b>"c".pdf', "a_b_c_.pdf"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        (" .. ", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 76 + ".pdf"),
    ],
)
def test_names_are_made_harmless(name: str, safe: str) -> None:
    assert attachments.safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "size", "wrong"),
    [
        ("a.pdf", 0, None),
        ("A.PDF", 10, None),
        ("a.pdf", 11, Refused.TOO_LARGE),
        ("a.svg", 1, Refused.KIND),
        ("a.html", 1, Refused.KIND),
        ("a.pdf.exe", 1, Refused.KIND),
        ("pdf", 1, Refused.KIND),
        ("a.docm", 99, Refused.KIND),
    ],
)
def test_what_is_announced_is_looked_at(name: str, size: int, wrong: Refused | None) -> None:
    assert attachments.problem(name, size, most=10) == wrong


@pytest.mark.parametrize(
    ("name", "head", "fits"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0", True),
        ("a.png", b"\xff\xd8\xff\xe0", False),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", True),
        ("a.webp", b"RIFF\x00\x00\x00\x00WAVEfmt ", False),
        ("a.heic", b"\x00\x00\x00\x18ftypheic", True),
        ("a.xlsx", b"PK\x03\x04....", True),
        ("a.xls", b"PK\x03\x04....", False),
        ("a.txt", "出口".encode(), True),
        ("a.csv", "\ufeff出口".encode("utf-16-le"), True),
        ("a.txt", b"MZ\x90\x00\x03", False),
        ("a.txt", b"", True),
        ("a.exe", b"MZ", False),
    ],
)
def test_the_content_must_begin_like_a_file_of_its_name(name: str, head: bytes, fits: bool) -> None:
    assert attachments.is_what_it_says(name, head) is fits


def test_a_file_is_kept_under_a_name_that_nobody_guesses_with_a_type_of_ours(tmp_path: Path) -> None:
    path, target = attachments.new_place(tmp_path, "../report.pdf")
    target.write_bytes(b"%PDF-1.7 ...")
    assert attachments.taken(path, target, most=100) == Attachment("report.pdf", "application/pdf", path, 12)
    assert attachments.on_disk(tmp_path, path) == target
    with pytest.raises(ValueError, match="not in the folder"):
        attachments.on_disk(tmp_path, "../house.db")


@pytest.mark.parametrize(
    ("content", "most", "why"), [(b"MZ", 9, Refused.KIND), (b"%PDF-" + b"x" * 9, 9, Refused.TOO_LARGE)]
)
def test_what_is_refused_leaves_nothing_behind(tmp_path: Path, content: bytes, most: int, why: Refused) -> None:
    path, target = attachments.new_place(tmp_path, "a.pdf")
    target.write_bytes(content)
    assert attachments.taken(path, target, most=most) == why
    assert list((tmp_path / "in").iterdir()) == []


def test_a_members_files_are_listed_from_all_their_channels(db: Database, clock: FixedClock) -> None:
    label, report = (Attachment(name, "image/jpeg", f"in/x/{name}", 3) for name in ("label.jpg", "report.jpg"))

    def receive(tx: Any, channel: str, sender: str, person: str, *files: Attachment) -> None:
        member = members.at_address(tx, channel, person, now=clock.now())
        talk = {"language": "zh", "snapshot": {}, "updated_at": clock.now(), "version": 0, "member_id": member}
        tx.execute(insert(conversations).values(channel=channel, sender=sender, **talk))
        for key, file in enumerate([None, *files]):
            message = Inbound(channel, sender, str(key), "标签", attachments=(file,) if file else ())
            inbox.receive(tx, message, now=clock.now())

    db.now(receive, "telegram", "7", "7", label)
    db.now(receive, "telegram", "-100:0:7", "7", report)
    db.now(receive, "web", "v1", "v1", label)
    anna, other = (db.now(members.at_address, *at, now=clock.now()) for at in (("telegram", "7"), ("web", "v1")))
    found = db.look(attachments.of_member, anna)
    assert [(one.file, one.member_id, one.words, one.channel) for one in found] == [
        (report, anna, "标签", "telegram"),
        (label, anna, "标签", "telegram"),
    ]
    assert db.look(attachments.find, found[0].inbox_id, 0) == found[0]
    assert db.look(attachments.find, found[0].inbox_id, 1) is None
    (theirs,) = db.look(attachments.of_member, other)
    assert isinstance(theirs, Received)
    assert (theirs.member_id, theirs.file) == (other, label)
