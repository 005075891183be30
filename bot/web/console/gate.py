"""Who gets through: each route names the deed it takes and on which organisation; nothing else decides it."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import accounts, authority, organisations
from bot.accounts import Session
from bot.authority import Deed
from bot.db.models import organisations as organisation_table
from bot.db.models import roles
from bot.errors import BadInput, NotAllowed
from bot.organisations import Kind
from bot.web import guard, pages
from bot.web.console import cookie
from bot.web.console.visit import ROOT, Item, Visit
from bot.web.state import state

Handler = Callable[[Visit], Awaitable[Response]]
Where = Callable[[Connection, Mapping[str, Any]], Collection[int] | None]


class Missing(Exception):
    """What the address names is not there."""


def anywhere(tx: Connection, params: Mapping[str, Any]) -> Collection[int] | None:
    """Anywhere within reach: the page itself shows no more than that."""
    raise NotImplementedError("asked of nobody: see _reaches")


def centre(tx: Connection, params: Mapping[str, Any]) -> Collection[int]:
    """What concerns everybody is done at the centre."""
    return tx.execute(select(organisation_table.c.id).where(organisation_table.c.kind == Kind.CENTRE)).scalars().all()


def organisation(tx: Connection, params: Mapping[str, Any]) -> Collection[int] | None:
    """The organisation that the address names."""
    found = select(organisation_table.c.id).where(organisation_table.c.id == params["organisation"])
    return tx.execute(found).scalars().all() or None


def member(tx: Connection, params: Mapping[str, Any]) -> Collection[int] | None:
    """The organisations of the member; whoever has none is reached by the centre."""
    return _organisations_of(tx, params["member"])


def _organisations_of(tx: Connection, member_id: int) -> Collection[int]:
    held = select(roles.c.organisation_id).where(roles.c.member_id == member_id)
    return tx.execute(held).scalars().all() or centre(tx, {})


class Guarded(Route):
    """A route behind the gate. `nav` puts it into the navigation; `early`: also before a password was set."""

    def __init__(
        self, path: str, handler: Handler, *, deed: Deed, on: Where, method: str, nav: str = "", early: bool = False
    ) -> None:
        self.deed, self.on, self.nav, self.early = deed, on, nav, early
        self.handler = handler
        super().__init__(path, self.answer, methods=[method], name=f"{handler.__module__}.{handler.__name__}")

    async def answer(self, request: Request) -> Response:
        web = state(request)
        secret = cookie.secret(request)
        rules, now = web.services.settings.console, web.services.clock.now()
        if not secret:
            return _to_login(request)
        try:
            found, refusal = await web.services.db.read(
                _judge, self, secret, request.path_params, rules=rules, now=now
            )  # fmt: skip
        except Missing:
            found, refusal = None, "missing"
        if found is None:
            return _to_login(request)
        visit = Visit(request, web, found, spoken(request, found), FormData(), self._items(request, found))
        if refusal == "missing":
            return visit.page("problem.html", status=404, problem=visit.say("gate.missing"))
        return await self._answer(visit, refusal)

    async def _answer(self, visit: Visit, refusal: str | None) -> Response:
        posted = visit.request.method == "POST"
        if posted and not guard.same_origin(visit.request, visit.web.services.settings):
            return refused(visit, "origin")
        if refusal == "account" and not self.early:
            return visit.back("/account")
        if refusal not in (None, "account"):
            await visit.run(_note, visit.me, self.deed, visit.request.url.path, now=visit.now)
            return refused(visit, str(refusal))
        if accounts.is_stale(visit.staff, now=visit.now) and not _is_part(visit.request):
            await visit.run(accounts.seen, visit.staff, now=visit.now)
        if not posted:
            return await self._handled(visit)
        visit = await _with_form(visit)
        try:
            good = accounts.same_token(visit.staff, visit.given("token"))
            return await self._handled(visit) if good else refused(visit, "token")
        finally:
            await visit.form.close()

    async def _handled(self, visit: Visit) -> Response:
        try:
            return await self.handler(visit)
        except Missing:
            return visit.page("problem.html", status=404, problem=visit.say("gate.missing"))
        except NotAllowed as error:
            await visit.run(_note, visit.me, self.deed, visit.request.url.path, now=visit.now)
            problem = visit.web.services.texts(error.key, visit.language, **error.values)
            return visit.page("problem.html", status=403, problem=problem)
        except BadInput as error:
            problem = visit.web.services.texts(error.key, visit.language, **error.values)
            return visit.page("problem.html", status=400, problem=problem)

    def _items(self, request: Request, found: Session) -> tuple[Item, ...]:
        """The navigation: the pages for which this person holds a role somewhere."""
        routes = [one for one in request.app.routes if isinstance(one, Guarded) and one.nav and found.can(one.deed)]
        here = request.url.path
        return tuple(Item(one.nav, ROOT + one.path, _is_current(ROOT + one.path, here)) for one in routes)


def page(path: str, handler: Handler, *, deed: Deed, on: Where = anywhere, nav: str = "", early: bool = False) -> Route:
    """What is looked at."""
    return Guarded(path, handler, deed=deed, on=on, method="GET", nav=nav, early=early)


def form(path: str, handler: Handler, *, deed: Deed, on: Where = anywhere, early: bool = False) -> Route:
    """What is done."""
    return Guarded(path, handler, deed=deed, on=on, method="POST", early=early)


def _is_current(path: str, here: str) -> bool:
    return here == path or (path != f"{ROOT}/" and here.startswith(path + "/"))


def spoken(request: Request, found: Session | None) -> str:
    """The language of the page: asked for or chosen here before, else the member's own."""
    chosen = request.query_params.get("language") or request.cookies.get(pages.COOKIE)
    return pages.language(request) if chosen or found is None or not found.language else found.language


def _judge(
    tx: Connection, route: Guarded, secret: str, params: Mapping[str, Any], *, rules: Any, now: Any
) -> tuple[Session | None, str | None]:
    """(the session, why it gets no further): one read for both, so that what was true stays true."""
    found = accounts.session(tx, secret, now=now, rules=rules)
    if found is None:
        return None, None
    if not accounts.may_enter(found.grants):
        return found, "no_console"
    if found.login is None or found.by_link:
        return found, "account"
    try:
        return found, None if _reaches(tx, route, found, params) else "role"
    except Missing:
        return found, "missing"


def _reaches(tx: Connection, route: Guarded, found: Session, params: Mapping[str, Any]) -> bool:
    tops = authority.tops(found.grants, route.deed)
    if route.on is anywhere or not tops:
        return bool(tops)
    targets = route.on(tx, params)
    if targets is None:
        raise Missing
    reached = set(tx.execute(organisations.below(tops)).scalars())
    return not reached.isdisjoint(targets)


def _note(tx: Connection, member_id: int, deed: Deed, subject: str, *, now: Any) -> None:
    authority.record(tx, member_id, deed, allowed=False, now=now, subject=subject[:200])


def refused(visit: Visit, reason: str) -> Response:
    """A polite no: `role`, `no_console`, `origin` or `token`."""
    return visit.page("problem.html", status=403, problem=visit.say(f"gate.{reason}"))


def _to_login(request: Request) -> Response:
    """Sign in first; a page that was looked at comes back afterwards."""
    wanted = request.url.path if request.method == "GET" else ""
    if wanted and request.url.query:
        wanted += f"?{request.url.query}"
    if _is_part(request):  # the whole page goes there, not the part that was asked for
        return Response(status_code=204, headers={"HX-Redirect": f"{ROOT}/login"})
    return RedirectResponse(f"{ROOT}/login" + (f"?next={quote(wanted)}" if wanted else ""), status_code=303)


def _is_part(request: Request) -> bool:
    """Asked for by a page, which may do so by itself every few seconds."""
    return request.headers.get("hx-request") == "true"


async def _with_form(visit: Visit) -> Visit:
    form_ = await visit.request.form(max_files=5, max_fields=2000)
    return Visit(visit.request, visit.web, visit.staff, visit.language, form_, visit.items)
