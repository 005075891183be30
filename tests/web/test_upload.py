"""Files that a visitor sends: taken for what they are, kept once, shown in the chat, hung on their feedback."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import feedback
from tests.web.site import Site, Visitor

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def upload(visitor: Visitor, name: str, content: bytes, *, key: str = "upload-0001", **more: Any) -> httpx.Response:
    return visitor.client.post("/chat/files", data={"id": key}, files={"file": (name, content)}, **more)


def kept(site: Site) -> list[Path]:
    folder = site.service.app.services.settings.data / "files"
    return [path for path in folder.rglob("*") if path.is_file()]


def attached(site: Site) -> list[str]:
    found = site.service.look(feedback.listed, state="draft").lines
    detail = site.service.look(feedback.detail, found[0].id) if found else None
    return [file.name for file in detail.files] if detail else []


def test_a_photo_in_a_feedback_hangs_on_it_and_the_question_is_asked_again(site: Site, visitor: Visitor) -> None:
    for text in ("反馈", "没有通报", "玩具"):
        visitor.ask(text)
    assert upload(visitor, "标签 照片.png", PNG).status_code == 202
    with visitor.listen() as stream:
        stream.until(lambda message: "已附在您的反馈 F-000001 上" in message.get("text", ""))
        stream.until(lambda message: "一年出口" in message.get("text", "") and not message["mine"])
    assert attached(site) == ["标签 照片.png"]
    mine = [message for message in visitor.history() if message["mine"]][-1]
    assert (mine["text"], mine["file"]["name"]) == ("", "标签 照片.png")
    answer = visitor.client.get(mine["file"]["href"])
    assert (answer.content, answer.headers["content-disposition"][:10]) == (PNG, "attachment")


def test_without_a_feedback_it_says_what_files_are_for(site: Site, visitor: Visitor) -> None:
    upload(visitor, "report.pdf", b"%PDF-1.7 ...")
    with visitor.listen() as stream:
        stream.until(lambda message: "要填就说“反馈”" in message.get("text", ""))
    assert len(kept(site)) == 1


def test_the_same_id_is_one_file(site: Site, visitor: Visitor) -> None:
    for text in ("反馈", "没有通报"):
        visitor.ask(text)
    for _ in range(2):
        assert upload(visitor, "a.png", PNG).status_code == 202
    visitor.ask("玩具")
    assert attached(site) == ["a.png"]
    assert sum(message["mine"] and "file" in message for message in visitor.history()) == 1
    assert len(kept(site)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("virus.exe", b"MZ..."),
        ("photo.png", b"<svg onload=alert(1)>"),  # not what it says
        ("picture.svg", b"<svg/>"),
        ("report.pdf", b"MZ not a pdf"),
        ("noname", PNG),
    ],
)
def test_other_kinds_are_refused_in_one_sentence_and_nothing_stays(
    site: Site, visitor: Visitor, name: str, content: bytes
) -> None:
    answer = upload(visitor, name, content)
    assert answer.status_code == 400
    assert "这种文件我没有保存" in answer.json()["error"]
    assert kept(site) == []
    assert visitor.history() == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.png", "..\\x.png", "a\u202egpj.png", "x" * 300 + ".png", "con\x00.png"]
)
def test_a_name_is_cleaned(site: Site, visitor: Visitor, name: str) -> None:
    assert upload(visitor, name, PNG).status_code == 202
    (path,) = kept(site)
    assert path.parent.parent == site.service.app.services.settings.data / "files" / "in"
    assert len(path.name) <= 80
    assert not {"/", "\\", "\u202e", "\x00"} & set(path.name)


def test_one_that_is_too_large_is_refused(site: Site, visitor: Visitor) -> None:
    most = site.service.app.services.settings.limits.upload_bytes
    answer = upload(visitor, "big.png", PNG + bytes(most))
    assert (answer.status_code, "太大" in answer.json()["error"]) == (400, True)
    assert upload(visitor, "huge.png", PNG + bytes(most + 200_000)).status_code == 413
    assert kept(site) == []


def test_only_from_our_own_page_and_with_a_session(site: Site, visitor: Visitor) -> None:
    elsewhere = {"Origin": "https://evil.example"}
    assert upload(visitor, "a.png", PNG, headers=elsewhere).status_code == 403
    stranger = Visitor(site.client(headers={"Origin": site.url}))
    assert upload(stranger, "a.png", PNG).status_code == 401
    assert kept(site) == []


@pytest.mark.parametrize("body", [{"data": {"id": "upload-0001"}}, {"json": {"id": "upload-0001"}}, {"content": b"x"}])
def test_what_is_no_upload_is_told_so(visitor: Visitor, body: dict[str, Any]) -> None:
    assert visitor.client.post("/chat/files", **body).status_code == 400


def test_two_files_at_once_are_none(site: Site, visitor: Visitor) -> None:
    files = [("file", ("a.png", PNG)), ("file", ("b.png", PNG))]
    answer = visitor.client.post("/chat/files", data={"id": "upload-0001"}, files=files)
    assert (answer.status_code, kept(site)) == (400, [])
