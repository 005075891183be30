"""Accounts of staff: login and password, counted tries, and sessions that expire and can be revoked."""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.authority import Deed, Grant, grants, permits
from bot.db.models import accounts, members, staff_sessions
from bot.errors import BadInput
from bot.settings import Console

COMMON = Path(__file__).parent / "common_passwords.txt"
LOGIN_LENGTH = range(2, 65)
# Of a password that nobody knows: an unknown login takes as long as a known one.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$mI4HaPLU0iHySam1+r+Wyg$bS3qB8ZtJIhkhrOVyd/IUkzibUlr1e5IoPrdx2yTn3Y"
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Account:
    """With which a member enters: the login and the stored hash of the password."""

    member_id: int
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Session:
    """A living session: whose, what its forms must carry, and what its owner may do."""

    hash: str
    member_id: int
    name: str
    language: str | None
    token: str
    by_link: bool  # came by a one-time link: a password may be set without the old one
    login: str | None  # null: no account yet
    seen_at: datetime
    grants: tuple[Grant, ...]

    def can(self, deed: Deed) -> bool:
        """Does any role permit the deed, somewhere?"""
        return any(permits(grant.role, deed) for grant in self.grants)


# --- passwords ------------------------------------------------------------------------------------


def hashed(password: str) -> str:
    """The argon2 hash; takes some 50 ms and 64 MB, so call it in a thread."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(_plain(password))


def fits(stored: str, password: str) -> bool:
    """Is it the password of this hash? As slow as `hashed`."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(stored, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> str:
    """However a keyboard composes its characters, the same password is the same bytes."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, login: str, minimum: int) -> None:
    """Raises BadInput for a password that is too short, widely used, or the login itself."""
    plain = _plain(password)
    if not minimum <= len(plain) <= 200:
        raise BadInput("console.account.too_short", n=minimum)
    core = "".join(character for character in plain.casefold() if character.isalpha())
    if len(set(plain)) < 5 or core in _common() or core == "".join(filter(str.isalpha, login.casefold())):
        raise BadInput("console.account.too_common")


def _common() -> frozenset[str]:
    """What people choose again and again, without digits and signs; "" is a password of digits and signs alone."""
    lines = COMMON.read_text("utf-8").split()
    return frozenset({"", *lines})


def clean_login(login: str) -> str:
    """As it is stored and compared. Raises BadInput when it is no name."""
    plain = unicodedata.normalize("NFKC", login).strip().casefold()
    if len(plain) not in LOGIN_LENGTH or not all(one.isalnum() or one in "._-@+" for one in plain):
        raise BadInput("console.account.bad_login")
    return plain


# --- entering -------------------------------------------------------------------------------------


def take_try(tx: Connection, login: str, *, now: datetime, rules: Console) -> Account | None:
    """Count a try before its password is looked at; None for an unknown or locked account, which is not told apart.

    Counted first, so that many tries at the same moment are not more tries.
    """
    row = tx.execute(select(accounts).where(accounts.c.login == login).with_for_update()).first()
    if row is None or (row.locked_until is not None and row.locked_until > now):
        return None
    failures = row.failures + 1
    locked = {"failures": 0, "locked_until": now + timedelta(minutes=rules.lock_minutes)}
    values = locked if failures >= rules.tries else {"failures": failures, "locked_until": None}
    tx.execute(update(accounts).where(accounts.c.member_id == row.member_id).values(**values))
    return Account(row.member_id, row.login, row.password)


def passed(tx: Connection, member_id: int) -> None:
    """The password was right: the tries before it are forgotten."""
    tx.execute(update(accounts).where(accounts.c.member_id == member_id).values(failures=0, locked_until=None))


def account(tx: Connection, member_id: int) -> Account | None:
    row = tx.execute(select(accounts).where(accounts.c.member_id == member_id)).first()
    return Account(row.member_id, row.login, row.password) if row else None


def put(tx: Connection, member_id: int, *, login: str, password: str, now: datetime) -> None:
    """Store login and password hash; every session ends. Raises BadInput when somebody else has the login."""
    values = {"login": login, "password": password, "failures": 0, "locked_until": None, "changed_at": now}
    try:
        with tx.begin_nested():
            known = update(accounts).where(accounts.c.member_id == member_id)
            if not tx.execute(known.values(**values)).rowcount:
                tx.execute(insert(accounts).values(member_id=member_id, created_at=now, **values))
    except IntegrityError as error:
        raise BadInput("console.account.login_taken") from error
    close_all(tx, member_id)


# --- sessions -------------------------------------------------------------------------------------


def open_session(tx: Connection, member_id: int, *, now: datetime, rules: Console, by_link: bool = False) -> str:
    """A new session; returns the secret that the cookie holds."""
    secret = secrets.token_urlsafe(32)
    values = {
        "hash": _hash(secret), "member_id": member_id, "token": secrets.token_urlsafe(32), "by_link": by_link,
        "created_at": now, "seen_at": now, "expires_at": now + timedelta(hours=rules.session_hours),
    }  # fmt: skip
    tx.execute(insert(staff_sessions).values(**values))
    return secret


def session(tx: Connection, secret: str, *, now: datetime, rules: Console) -> Session | None:
    """The living session of a cookie; None when it is unknown, revoked, expired, or was idle for too long."""
    query = (
        select(staff_sessions, members.c.name, members.c.language, accounts.c.login)
        .join(members, members.c.id == staff_sessions.c.member_id)
        .outerjoin(accounts, accounts.c.member_id == members.c.id)
        .where(
            staff_sessions.c.hash == _hash(secret),
            staff_sessions.c.expires_at > now,
            staff_sessions.c.seen_at > now - timedelta(minutes=rules.idle_minutes),
            members.c.state == "active",
        )
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    held = tuple(grants(tx, row.member_id))
    return Session(
        row.hash, row.member_id, row.name or "", row.language, row.token, row.by_link, row.login, row.seen_at, held
    )


def seen(tx: Connection, found: Session, *, now: datetime) -> None:
    """The session was used: its idle time begins anew."""
    tx.execute(update(staff_sessions).where(staff_sessions.c.hash == found.hash).values(seen_at=now))


def is_stale(found: Session, *, now: datetime) -> bool:
    """Is it time to note that the session is used? Not with every click."""
    return now - found.seen_at >= SEEN_EVERY


def same_token(found: Session, given: str) -> bool:
    return hmac.compare_digest(found.token.encode(), given.encode())


def close(tx: Connection, found: Session) -> None:
    tx.execute(delete(staff_sessions).where(staff_sessions.c.hash == found.hash))


def close_all(tx: Connection, member_id: int) -> int:
    """Sign out everywhere; returns of how many sessions."""
    return tx.execute(delete(staff_sessions).where(staff_sessions.c.member_id == member_id)).rowcount


def expire(tx: Connection, *, now: datetime) -> int:
    """Delete the sessions whose time has passed."""
    return tx.execute(delete(staff_sessions).where(staff_sessions.c.expires_at <= now)).rowcount


def may_enter(held: Collection[Grant]) -> bool:
    """Does a role open the console?"""
    return any(permits(grant.role, Deed.ENTER_CONSOLE) for grant in held)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
