"""One request of a member of staff: who asks, in which language, and how it is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot import authority
from bot.accounts import Session
from bot.authority import Deed
from bot.messages import storable
from bot.web import pages
from bot.web.body import row_number
from bot.web.console.render import render, word
from bot.web.state import WebState

P = ParamSpec("P")
T = TypeVar("T")

ROOT = "/console"
PAGE = 50  # rows on a page of a list


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the navigation."""

    key: str
    path: str
    current: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page needs: the request, the service, and whose session it is."""

    request: Request
    web: WebState
    staff: Session
    language: str
    form: FormData
    items: tuple[Item, ...] = ()

    @property
    def now(self) -> datetime:
        return self.web.services.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.web.services.settings.desk.time_zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def me(self) -> int:
        return self.staff.member_id

    def within(self, deed: Deed) -> Select[int]:
        """A query for the organisations on which this person may do it."""
        return authority.within(self.staff.grants, deed)

    async def read(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.web.services.db.read(f, *args, **kwargs)

    async def run(self, f: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.web.services.db.run(f, *args, **kwargs)

    def say(self, key: str, **values: Any) -> str:
        return self.web.services.texts(f"console.{key}", self.language, **values)

    def word(self, group: str, value: Any) -> str:
        return word(self.web.services.texts, self.language, group, value)

    def number(self, name: str) -> int:
        """A number of the path."""
        return int(self.request.path_params[name])

    def asked(self, name: str) -> str:
        """A value of the query, as a database can store it."""
        return storable(self.request.query_params.get(name, "")).strip()

    @property
    def page_number(self) -> int:
        return min(max(row_number(self.asked("page")) or 1, 1), 100_000)

    def given(self, name: str) -> str:
        """A field of the form, as a database can store it, lines ended as everywhere."""
        value = self.form.get(name, "")
        return storable(value).replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page or a part of one."""
        done = self.asked("said")
        base = {"visit": self, "staff": self.staff, "path": self.request.url.path, "query": self._query(), "said": done}
        made = render(template, self.web.services.texts, self.language, self.zone, **{**base, **values})
        response = HTMLResponse(made, status_code=status)
        if self.request.query_params.get("language"):
            pages.keep_language(self.request, response, self.language)
        return response

    def _query(self) -> dict[str, str]:
        return {key: value for key, value in self.request.query_params.items() if key not in ("said", "language")}

    def back(self, path: str, said: str = "") -> Response:
        """To a page of the console, with what was done as a sentence on it."""
        join = "&" if "?" in path else "?"
        return RedirectResponse(f"{ROOT}{path}" + (f"{join}said={said}" if said else ""), status_code=303)
