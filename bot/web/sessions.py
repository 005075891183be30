"""A visitor's session: a signed cookie that expires, and a row that can be revoked."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select
from starlette.requests import Request
from starlette.responses import Response

from bot.db.models import addresses, web_sessions

PLAIN, SECURE = "fengsui", "__Host-fengsui"


def secret(data: Path, configured: str | None) -> bytes:
    """The signing key: as configured, else a file that is made once, readable by its owner only."""
    if configured:
        return configured.encode()
    path = data / "secret"
    if not path.exists():
        _write_once(path, secrets.token_hex(32))
    return path.read_text("ascii").strip().encode()


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all: two processes that start together end up with the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads the cookies of the chat page."""

    key: bytes
    days: int
    public_url: str | None = None

    def open(self, tx: Connection, *, now: datetime, visitor: str | None = None) -> tuple[str, str]:
        """A new session; returns (visitor, cookie value)."""
        visitor = visitor or secrets.token_hex(16)
        token = secrets.token_urlsafe(24)
        expires = now + timedelta(days=self.days)
        values = {"hash": _hash(token), "visitor": visitor, "created_at": now, "expires_at": expires}
        tx.execute(insert(web_sessions).values(**values))
        return visitor, f"{token}.{int(expires.timestamp())}.{self._sign(token, int(expires.timestamp()))}"

    def token(self, request: Request, *, now: datetime) -> str | None:
        """The cookie's token if its signature is ours and its time has not passed: no database is asked for rubbish."""
        value = request.cookies.get(self.cookie_name(request), "")
        token, _, rest = value.partition(".")
        expires, _, signature = rest.partition(".")
        if not (token and expires.isdecimal() and len(expires) < 12):
            return None
        good = hmac.compare_digest(signature.encode(), self._sign(token, int(expires)).encode())
        return token if good and int(expires) > now.timestamp() else None

    def cookie_name(self, request: Request) -> str:
        return SECURE if self.https(request) else PLAIN

    def https(self, request: Request) -> bool:
        """Over TLS to us, or to the proxy that `public_url` names."""
        return request.url.scheme == "https" or (self.public_url or "").startswith("https://")

    def set(self, request: Request, response: Response, value: str) -> None:
        secure = self.https(request)
        response.set_cookie(
            self.cookie_name(request),
            value,
            max_age=self.days * 86400,
            path="/",
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def _sign(self, token: str, expires: int) -> str:
        return hmac.new(self.key, f"session.{token}.{expires}".encode(), hashlib.sha256).hexdigest()

    def sign_file(self, visitor: str, path: str) -> str:
        """What must stand behind a file's address for this visitor to get it."""
        return hmac.new(self.key, f"file.{visitor}.{path}".encode(), hashlib.sha256).hexdigest()[:32]

    def signed_file(self, visitor: str, path: str, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.sign_file(visitor, path).encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def visitor_of(tx: Connection, token: str, *, now: datetime) -> str | None:
    """Whose session this is; None once it has expired or was revoked."""
    living = (web_sessions.c.hash == _hash(token)) & (web_sessions.c.expires_at > now)
    return tx.execute(select(web_sessions.c.visitor).where(living)).scalar()


def web_address_of(tx: Connection, member_id: int, *, but: str) -> str | None:
    """The member's newest web address other than `but`, so that a link brings them back to their own conversation."""
    mine = (addresses.c.member_id == member_id) & (addresses.c.channel == "web") & (addresses.c.address != but)
    return tx.execute(select(addresses.c.address).where(mine).order_by(addresses.c.id.desc()).limit(1)).scalar()


def forget(tx: Connection, visitor: str) -> None:
    """Take back an address that nobody has spoken from: it would get every alert a second time."""
    tx.execute(delete(addresses).where(addresses.c.channel == "web", addresses.c.address == visitor))
    tx.execute(delete(web_sessions).where(web_sessions.c.visitor == visitor))


def expire(tx: Connection, *, now: datetime) -> int:
    """Delete the sessions whose time has passed."""
    return tx.execute(delete(web_sessions).where(web_sessions.c.expires_at <= now)).rowcount
