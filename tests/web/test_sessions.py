"""A visitor's session: signed, bound to a row, and at an end when its time has come."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.responses import Response

from bot import members
from bot.clock import FixedClock
from bot.db.engine import Database
from bot.db.models import web_sessions
from bot.web import sessions
from bot.web.sessions import Sessions
from tests.factories import person
from tests.web.requests import request

MADE = Sessions(b"key", days=30)


def _open(db: Database, clock: FixedClock, made: Sessions = MADE, **more: str) -> tuple[str, str]:
    return db.now(made.open, now=clock.now(), **more)


def _visitor(db: Database, clock: FixedClock, cookie: str, made: Sessions = MADE) -> str | None:
    """Whom a browser with this cookie speaks for."""
    token = made.token(request(cookies={"fengsui": cookie}), now=clock.now())
    return db.look(sessions.visitor_of, token, now=clock.now()) if token else None


def test_a_cookie_brings_its_visitor_back(db: Database, clock: FixedClock) -> None:
    visitor, cookie = _open(db, clock)
    assert _visitor(db, clock, cookie) == visitor
    assert len(visitor) == 32


def test_two_visitors_are_two(db: Database, clock: FixedClock) -> None:
    assert len({part for _ in range(5) for part in _open(db, clock)}) == 10


def test_a_session_may_be_opened_for_a_known_visitor(db: Database, clock: FixedClock) -> None:
    visitor, cookie = _open(db, clock)
    again, other = _open(db, clock, visitor=visitor)
    assert (again, _visitor(db, clock, other)) == (visitor, visitor)
    assert other != cookie


def test_the_database_does_not_hold_what_a_thief_could_use(db: Database, clock: FixedClock) -> None:
    _, cookie = _open(db, clock)
    row = db.look(lambda tx: tx.execute(select(web_sessions)).one())
    assert cookie.split(".")[0] not in str(row)


def test_it_ends_to_the_second(db: Database, clock: FixedClock) -> None:
    visitor, cookie = _open(db, clock)
    clock.move(days=30, seconds=-1)
    assert _visitor(db, clock, cookie) == visitor
    clock.move(seconds=1)
    assert _visitor(db, clock, cookie) is None


def test_a_revoked_session_is_at_an_end(db: Database, clock: FixedClock) -> None:
    _, cookie = _open(db, clock)
    db.now(lambda tx: tx.execute(web_sessions.delete()))
    assert _visitor(db, clock, cookie) is None


def test_with_another_key_no_cookie_is_worth_anything(db: Database, clock: FixedClock) -> None:
    _, cookie = _open(db, clock)
    assert _visitor(db, clock, cookie, Sessions(b"other", days=30)) is None


def test_a_changed_cookie_is_worth_nothing(db: Database, clock: FixedClock) -> None:
    _, cookie = _open(db, clock)
    token, expires, signature = cookie.split(".")
    changed = [
        f"{token}.{int(expires) + 1}.{signature}",
        f"x{token}.{expires}.{signature}",
        f"{token}.{expires}.{signature[:-1]}",
        f"{token}.{expires}",
        f"{token}..{signature}",
        f"{token}.-1.{signature}",
        f"{token}.{'9' * 400}.{signature}",
        f"{token}.{expires}.{signature}é",
        "", ".", "..", "...", "\x00", "a" * 10_000,
    ]  # fmt: skip
    assert [value for value in changed if _visitor(db, clock, value)] == []


def _cookie_header(made: Sessions, **more: str) -> str:
    response = Response()
    made.set(request(**more), response, "value")
    return response.headers["set-cookie"].lower()


def test_scripts_and_other_sites_do_not_get_the_cookie() -> None:
    header = _cookie_header(MADE)
    assert header.startswith("fengsui=value;")
    assert "httponly" in header
    assert "samesite=lax" in header
    assert "max-age=2592000" in header
    assert "secure" not in header  # http on this machine


@pytest.mark.parametrize(
    ("made", "scheme"), [(MADE, "https"), (Sessions(b"key", 30, "https://bot.example"), "http")], ids=["tls", "proxy"]
)
def test_over_tls_it_is_bound_to_this_host(made: Sessions, scheme: str) -> None:
    header = _cookie_header(made, scheme=scheme)
    assert header.startswith("__host-fengsui=value;")
    assert "secure" in header
    assert "domain" not in header
    assert "path=/" in header


def test_over_tls_the_weaker_cookie_is_not_read(db: Database, clock: FixedClock) -> None:
    _, cookie = _open(db, clock)
    plain = request(scheme="https", cookies={"fengsui": cookie})
    bound = request(scheme="https", cookies={"__Host-fengsui": cookie})
    assert MADE.token(plain, now=clock.now()) is None
    assert MADE.token(bound, now=clock.now()) is not None


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_for_the_visitor_it_was_sent_to() -> None:
    signature = MADE.sign_file("anna", "ab/report.xlsx")
    assert MADE.signed_file("anna", "ab/report.xlsx", signature)
    assert not MADE.signed_file("ben", "ab/report.xlsx", signature)
    assert not MADE.signed_file("anna", "ab/other.xlsx", signature)
    assert not MADE.signed_file("anna", "ab/report.xlsx", "")
    assert not MADE.signed_file("anna", "ab/report.xlsx", "é")


# --- members --------------------------------------------------------------------------------------


def test_a_member_comes_back_to_the_newest_web_address(db: Database, clock: FixedClock) -> None:
    anna = db.now(person, "telegram-1", now=clock.now(), channel="telegram")
    assert db.look(sessions.web_address_of, anna, but="this") is None
    for visitor in ("old", "new", "this"):
        db.now(members.add_address, anna, "web", visitor, now=clock.now())
    assert db.look(sessions.web_address_of, anna, but="this") == "new"


def test_an_address_that_nobody_spoke_from_is_taken_back(db: Database, clock: FixedClock) -> None:
    visitor, cookie = _open(db, clock)
    anna = db.now(person, visitor, now=clock.now(), channel="web")
    other, _ = _open(db, clock)
    db.now(members.add_address, anna, "web", other, now=clock.now())
    db.now(sessions.forget, visitor)
    assert db.look(members.addresses_of, anna) == [members.Address("web", other)]
    assert _visitor(db, clock, cookie) is None


def test_what_has_ended_is_deleted_and_nothing_else(db: Database, clock: FixedClock) -> None:
    _open(db, clock)
    clock.move(days=10)
    visitor, cookie = _open(db, clock)
    clock.move(days=20)
    assert db.now(sessions.expire, now=clock.now()) == 1
    assert _visitor(db, clock, cookie) == visitor


# --- the key --------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    data = tmp_path / "new" / "var"
    key = sessions.secret(data, None)
    assert sessions.secret(data, None) == key
    assert len(key) == 64
    assert (data / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in data.iterdir()] == ["secret"]


def test_a_configured_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert sessions.secret(tmp_path, "configured") == b"configured"
    assert list(tmp_path.iterdir()) == []


def test_two_that_start_together_have_one_key(tmp_path: Path) -> None:
    start, keys = threading.Barrier(2), []

    def make() -> None:
        start.wait()
        keys.append(sessions.secret(tmp_path, None))

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
