"""The staff console of a test's service: people with roles, and their browsers."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import Connection, insert

from bot import accounts, members
from bot.authority import Role
from bot.db.models import accounts as account_table
from bot.db.models import staff_sessions
from bot.organisations import Organisation
from bot.settings import Console
from bot.web.console.cookie import PLAIN
from tests import factories
from tests.conftest import NOW
from tests.factories import Tree
from tests.web.site import Site


@dataclass(slots=True)
class Staff:
    """Somebody who is signed in."""

    member_id: int
    client: httpx.Client
    token: str

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(f"/console{path}", params=params or None)

    def see(self, path: str, **params: Any) -> str:
        """The page, which must be there."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, (answer.status_code, answer.text[-1500:])
        return answer.text

    def post(self, path: str, *, files: Any = None, **fields: Any) -> httpx.Response:
        return self.client.post(f"/console{path}", data={"token": self.token, **fields}, files=files)

    def do(self, path: str, *, files: Any = None, **fields: Any) -> str:
        """The form sent; where it leads, which must not be an error."""
        answer = self.post(path, files=files, **fields)
        assert answer.status_code == 303, (answer.status_code, answer.text[-1500:])
        return str(answer.headers["location"])


@dataclass(slots=True)
class Desk:
    """A centre with two counties, an association and two enterprises, and whoever works there."""

    site: Site
    tree: Tree
    _numbers: list[int] = field(default_factory=list)

    def staff(self, role: Role | None, at: Organisation | None = None, *, language: str = "en") -> Staff:
        """A new person in that role who is signed in (without the slow password)."""
        self._numbers.append(len(self._numbers) + 1)
        name = f"{role or 'nobody'}-{self._numbers[-1]}"
        member_id, secret, token = self.site.service.run(_signed_in, name, role, at or self.tree.centre)
        headers = {"Origin": self.site.url, "Accept-Language": language}
        client = self.site.client(headers=headers, cookies={PLAIN: secret})
        return Staff(member_id, client, token)

    def stranger(self) -> httpx.Client:
        return self.site.client(headers={"Origin": self.site.url, "Accept-Language": "en"})


def _signed_in(tx: Connection, name: str, role: Role | None, at: Organisation) -> tuple[int, str, str]:
    member_id = members.add(tx, now=NOW, name=name)
    if role:
        factories.enrolment.grant(tx, member_id, at.id, role, now=NOW)
    values = {"member_id": member_id, "login": name, "password": "", "created_at": NOW, "changed_at": NOW}
    tx.execute(insert(account_table).values(**values))
    secret = accounts.open_session(tx, member_id, now=NOW, rules=Console())
    found = accounts.session(tx, secret, now=NOW, rules=Console())
    assert found
    return member_id, secret, found.token


def sessions(tx: Connection) -> int:
    return len(tx.execute(staff_sessions.select()).all())
