"""E-mail before a mail server of ours: what a mail looks like, what refusals mean, and that no header can be forged."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.mail.composing import linked, one_line, subject
from bot.channels.mail.smtp import meaning
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.errors import SettingsError
from bot.mail_address import found_in, is_address
from bot.messages import Attachment, Button, Reply
from bot.ports import Gone, Rejected, Sent, Temporary, Throttled, Unknown
from bot.settings import load
from tests.channels.mail_desk import PEOPLE, MailDesk, mail_desk, page, plain

CHOICES = (Button("受影响", "/give_feedback"), Button("不受影响 <b>", "/not_mine"))
TEXT = "欧盟：<b>移动电源</b>的新通报\n剩余54天\nhttps://docs.wto.org/x?a=1&b=2"
Open = Callable[..., MailDesk]


@pytest.fixture
def opened(db: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(mail_desk(db, clock, tmp_path, **more))


def test_a_mail_is_plain_and_html_with_links_and_says_how_to_end_it(opened: Open) -> None:
    here = opened()
    assert here.send(Reply(TEXT, CHOICES)) == Sent()
    mail = here.mail
    assert mail["subject"] == "欧盟：<b>移动电源</b>的新通报"
    assert mail["from"] == "宁波技术性贸易措施中心 <bot@centre.example>"
    assert mail["to"] == PEOPLE[0]
    assert plain(mail).startswith(TEXT)
    assert "不再接收邮件\nhttps://bot.example/a/" in plain(mail)
    assert "&lt;b&gt;移动电源&lt;/b&gt;" in page(mail)
    assert '<a href="https://docs.wto.org/x?a=1&amp;b=2">' in page(mail)
    assert "不受影响 &lt;b&gt;</a>" in page(mail)
    assert "<b>" not in page(mail)


def test_one_click_ends_it(opened: Open) -> None:
    """RFC 8058: an https address in List-Unsubscribe, and the header that says a POST will do."""
    here = opened()
    here.send(Reply(TEXT, CHOICES))
    assert here.mail["list-unsubscribe"].startswith("<https://bot.example/a/")
    assert here.mail["list-unsubscribe"].endswith("/stop>")
    assert here.mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


def test_in_english(opened: Open) -> None:
    here = opened()
    here.send(Reply("European Union: power banks", CHOICES), language="en")
    assert here.mail["from"] == "the centre <bot@centre.example>"
    assert "No more mails" in plain(here.mail)


def test_a_digest_is_one_mail(opened: Open) -> None:
    here = opened()
    here.send(Reply("\n\n".join(f"{number}. 通报 " + "长" * 800 for number in range(40))))
    assert len(here.server.taken) == 1
    assert plain(here.mail).count("通报") == 40


def test_files_come_along(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "报告.xlsx").write_bytes(b"PK123")
    here = opened()
    here.send(Reply("your file", file=Attachment("报告.xlsx", "application/vnd.ms-excel", "ab/报告.xlsx", 5)))
    [part] = here.mail.iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("报告.xlsx", b"PK123")


# --- headers cannot be forged ---------------------------------------------------------------------

EVIL = ["a\r\nBcc: all@example.com", "a\nX: y", "a\x00b", "a\u2028Bcc: x", "a\rb", "\u202eevil", "x" * 5000]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_becomes_a_header(opened: Open, text: str) -> None:
    here = opened()
    assert here.send(Reply(f"{text}\nmore", (Button(text, "/x"),))) == Sent()
    assert [to for to, _ in here.server.taken] == [PEOPLE[0]]
    assert here.mail["bcc"] is None
    assert here.mail["x"] is None
    assert len(str(here.mail["subject"])) <= 120


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_a_subject_is_one_line(text: str) -> None:
    line = subject(text)
    assert len(line) <= 120
    assert line.splitlines() in ([], [line])
    assert one_line(line) == line


@pytest.mark.parametrize(
    "text",
    ["a@b.com\r\nRCPT TO:<c@d.com>", "a@b.com,c@d.com", "<a@b.com>", "a b@c.com", "@b.com", "a@b", "a@b..com", "",
     "a@-b.com", '"a b"@c.com', "a@b.com>", "a" * 200 + "@b.com", "李@例子.com", "a@b.com\x00"],
)  # fmt: skip
def test_what_is_no_address_is_never_written_to(opened: Open, text: str) -> None:
    here = opened()
    assert not is_address(text)
    assert isinstance(here.send(Reply("hello"), to=text), Rejected)
    assert here.server.taken == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("我的邮箱是Li.Hua@Example.com，请发邮件给我", "li.hua@example.com"),
        ("发到 wang+tbt@mail.example.cn。", "wang+tbt@mail.example.cn"),
        ("Please write to anna@example.com.", "anna@example.com"),
        ("请发邮件给我", None),
        ("关注 @某人 的消息", None),
    ],
)
def test_the_address_in_a_sentence(text: str, address: str | None) -> None:
    assert found_in(text) == address


def test_html_shows_exactly_the_text() -> None:
    assert linked('<script>alert("x")</script>\n& https://a.example/?x="y') == (
        "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;<br>&amp; "
        '<a href="https://a.example/?x=">https://a.example/?x=</a>&quot;y'
    )


# --- what a mail server says ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "said", "outcome"),
    [
        ("RCPT", "550 5.1.1 no such user", Gone("550 5.1.1 no such user")),
        ("RCPT", "550 no such user here", Gone("550 no such user here")),
        ("RCPT", "550 5.2.1 mailbox disabled", Gone("550 5.2.1 mailbox disabled")),
        ("RCPT", "552 5.2.2 mailbox full", Temporary("552 5.2.2 mailbox full")),
        ("RCPT", "550 5.7.1 blocked by policy", Rejected("550 5.7.1 blocked by policy")),
        ("RCPT", "450 4.7.1 greylisted, come again", Temporary("450 4.7.1 greylisted, come again")),
        ("RCPT", "451 try later", Temporary("451 try later")),
        ("MAIL", "452 4.3.1 no room", Temporary("452 4.3.1 no room")),
        ("MAIL", "550 5.7.1 sender refused", Rejected("550 5.7.1 sender refused")),
        ("DATA", "554 5.7.1 looks like spam", Rejected("554 5.7.1 looks like spam")),
        ("DATA", "550 5.1.1 gone after all", Gone("550 5.1.1 gone after all")),
        ("DATA", "451 4.3.0 out of order", Temporary("451 4.3.0 out of order")),
    ],
)
def test_what_a_refusal_means(opened: Open, command: str, said: str, outcome: Any) -> None:
    here = opened()
    here.server.says[command] = said
    assert here.send(Reply("hello")) == outcome
    assert here.server.taken == []


def test_a_line_break_in_a_refusal_stays_out_of_the_reason() -> None:
    assert meaning(550, b"5.7.1 first\nsecond") == Rejected("550 5.7.1 first second")


def test_an_answer_that_never_comes_is_unknown_and_the_mail_has_arrived(opened: Open) -> None:
    here = opened(timeout_seconds=0.4)
    here.server.hangs = True
    assert isinstance(here.send(Reply("hello")), Unknown)
    here.server.released.set()
    assert len(here.server.taken) == 1


def test_the_second_try_has_the_same_number(opened: Open) -> None:
    """Mail programs show two mails with one Message-ID once."""
    here = opened()
    here.send(Reply("hello"), key="delivery:1")
    first = here.mail["message-id"]
    here.send(Reply("hello"), key="delivery:2")
    assert here.server.taken[1][1]["message-id"] != first
    assert first.endswith("@centre.example>")


def test_without_a_server_nothing_was_sent(opened: Open) -> None:
    assert isinstance(opened(port=9).send(Reply("hello")), Temporary)


def test_not_faster_than_allowed(opened: Open) -> None:
    here = opened(per_minute=12)
    outcomes = [here.send(Reply("hello"), key=str(number)) for number in range(14)]
    late = [one for one in outcomes if isinstance(one, Throttled)]
    assert late
    assert all(one.everyone for one in late)
    here.machine.at += 60
    assert here.send(Reply("hello"), key="13") == Sent()


# --- login and encryption -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that nobody but this test trusts."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = "subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", str(path), "-out", str(path) + ".crt", "-subj", "/CN=127.0.0.1", "-addext", names],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(f"{certificate}.crt", certificate)
    return context


def test_login_and_text_go_over_starttls(opened: Open, certificate: Path) -> None:
    server = {"tls_context": _tls(certificate), "require_starttls": True, "auth_require_tls": True}
    login = {"user": "fengsui", "password": "right"}
    here = opened(server=server, security="starttls", ca_file=f"{certificate}.crt", **login)
    assert here.send(Reply("hello")) == Sent()
    assert here.server.logins == [("fengsui", "right")]
    assert here.server.encrypted == [True]


def test_to_a_server_with_a_certificate_of_somebody_else_nothing_is_said(opened: Open, certificate: Path) -> None:
    server = {"tls_context": _tls(certificate)}
    here = opened(server=server, security="starttls", user="fengsui", password="right")
    assert isinstance(here.send(Reply("hello")), Temporary)
    assert (here.server.logins, here.server.taken) == ([], [])


def test_a_wrong_password_is_no_fault_of_the_mail(opened: Open, certificate: Path) -> None:
    server = {"tls_context": _tls(certificate)}
    more = {"security": "starttls", "ca_file": f"{certificate}.crt", "user": "fengsui", "password": "wrong"}
    outcome = opened(server=server, **more).send(Reply("hello"))
    assert outcome == Temporary("the mail server refuses our login: 535")
    assert "wrong" not in str(outcome)


def test_a_host_without_a_sender_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError):
        load(environ={"FENGSUI_EMAIL__HOST": "mail.example"})
