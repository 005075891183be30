"""Using the server by hand: a page to chat as several people, over a few JSON routes and a stream of events.

Every change is a POST of JSON or of a file's bytes, so that no form of a foreign page can make one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.telegram.chats import Chat, PrivateChat
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.model import Message, User
from tests.fakes.telegram.waiting import first

if TYPE_CHECKING:
    from tests.fakes.telegram.server import TelegramServer

Json = dict[str, Any]
PAGE = Path(__file__).with_name("page.html")
SHOWN, PAUSE = 200, 0.05  # messages of a chat; seconds between two looks at what has changed
PLAIN = ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "")
Action = Callable[[Request, Json], Awaitable[Any]]


def hand_pages(server: "TelegramServer") -> Starlette:
    pages = Pages(server)
    names = ("say", "press", "edit", "user", "group", "block", "unblock", "file", "move")
    changes = [Route(f"/_/{name}", _action(getattr(pages, name)), methods=["POST"]) for name in names]
    looks = [
        Route("/", pages.page), Route("/_/state", pages.state), Route("/_/events", pages.events),
        Route("/_/file/{file_id}", pages.download),
    ]  # fmt: skip
    return Starlette(routes=looks + changes)


def _action(run: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").split(";")[0]
        if kind in PLAIN:
            return JSONResponse({"error": "send JSON"}, 415)
        body = await request.json() if kind == "application/json" else {}
        try:
            return JSONResponse({"done": await run(request, body)})
        except (ApiError, AssertionError, KeyError, ValueError, StopIteration) as problem:
            return JSONResponse({"error": str(problem) or repr(problem)}, 400)

    return endpoint


class Pages:
    def __init__(self, server: "TelegramServer") -> None:
        self.server = server

    async def page(self, request: Request) -> Response:
        return FileResponse(PAGE, media_type="text/html; charset=utf-8")

    async def state(self, request: Request) -> Response:
        people = [one.to_json() | {"deactivated": one.deactivated} for one in self.server.users.values()]
        presses = [
            {"id": one.id, "by": one.user.id, "text": one.answer.text, "alert": one.answer.show_alert}
            for bot in self.server.bots.values()
            for one in bot.presses.values()
            if one.answer
        ]
        chats = [self._chat(key, one) for key, one in self.server.handles.items()]
        return JSONResponse({"people": people, "chats": chats, "answers": presses, "clock": self.server.clock.now()})

    def _chat(self, key: int, chat: Chat) -> Json:
        found: Json = {"key": key, "id": chat.id, "type": chat.type, "title": chat.title}
        found["people"] = [one.id for one in self._present(chat)]
        found["messages"] = [_shown(one) for one in chat.messages[-SHOWN:]]
        found["actions"] = len(chat.actions)
        if isinstance(chat, PrivateChat):
            found["title"] = f"{chat.user.first_name} → {chat.bot.first_name}"
            found["commands"] = chat.commands
            found["blocked"] = chat.room.members[chat.bot.id] == "kicked"
        return found

    def _present(self, chat: Chat) -> list[User]:
        if isinstance(chat, PrivateChat):
            return [chat.user]
        away = {"left", "kicked"}
        return [one for one in chat.room.people.values() if not one.is_bot and chat.room.members[one.id] not in away]

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        yield "data: 0\n\n"
        while not self.server.closing:
            await first(self.server.changed.next(), self.server.closed.next(), timeout=20)
            await asyncio.sleep(PAUSE)
            yield f"data: {self.server.mark()}\n\n"

    async def download(self, request: Request) -> Response:
        wanted = request.path_params["file_id"]
        found = next((bot.files[wanted] for bot in self.server.bots.values() if wanted in bot.files), None)
        if not found:
            return Response(status_code=404)
        kind = found.mime if found.kind == "photo" else "application/octet-stream"
        return Response(found.data, media_type=kind, headers={"X-Content-Type-Options": "nosniff"})

    # --- what people do ---------------------------------------------------------------------------

    def _at(self, values: Any) -> tuple[Chat, User | None]:
        """By key or, for programs, by chat id; `by` is a user id."""
        key = int(values["chat"])
        chat = self.server.handles.get(key) or self.server.chats[key]
        return chat, self.server.users[int(values["by"])] if values.get("by") else None

    async def say(self, request: Request, body: Json) -> int:
        chat, by = self._at(body)
        reply_to = chat.room.message(int(body.get("reply_to") or 0))
        return (await chat.say(body["text"], by=by, reply_to=reply_to, topic=body.get("topic"))).id

    async def press(self, request: Request, body: Json) -> int | None:
        chat, by = self._at(body)
        return (await chat.press_data(body["data"], by=by, message=self._message(chat, body))).update_id

    async def edit(self, request: Request, body: Json) -> int:
        chat, _ = self._at(body)
        return (await chat.edit(self._message(chat, body), body["text"])).id

    def _message(self, chat: Chat, body: Json) -> Message:
        found = chat.room.message(int(body["message"]))
        assert found, "no such message"
        return found

    async def file(self, request: Request, body: Json) -> int:
        """The bytes are the body; the rest is in the query."""
        values = request.query_params
        chat, by = self._at(values)
        data, caption = await request.body(), values.get("caption", "")
        if values.get("kind") == "photo":
            return (await chat.photo(data, caption=caption, by=by)).id
        return (await chat.document(values["name"], data, caption=caption, by=by)).id

    async def user(self, request: Request, body: Json) -> int:
        made = self.server.user(body["name"], language_code=body.get("language") or None)
        for bot in self.server.bots.values():
            self.server.private(made, bot)
        self.server.changed.send()
        return made.id

    async def group(self, request: Request, body: Json) -> int:
        people = [self.server.users[int(one)] for one in body["people"]]
        kind = "supergroup" if body.get("topics") else body.get("type", "supergroup")
        made = self.server.group(body["title"], *people, *self.server.bots.values(), kind=kind, topics=kind != "group")
        self.server.changed.send()
        return made.id

    async def block(self, request: Request, body: Json) -> bool:
        chat, _ = self._at(body)
        assert isinstance(chat, PrivateChat), "only a private chat"
        await chat.block()
        self.server.changed.send()
        return True

    async def unblock(self, request: Request, body: Json) -> bool:
        chat, _ = self._at(body)
        assert isinstance(chat, PrivateChat), "only a private chat"
        await chat.unblock()
        self.server.changed.send()
        return True

    async def move(self, request: Request, body: Json) -> float:
        """The server's clock, forward by so many seconds."""
        self.server.clock.move(float(body["seconds"]))
        self.server.changed.send()
        return self.server.clock.now()


def _shown(message: Message) -> Json:
    found: Json = {
        "id": message.id, "by": message.sender.id, "name": message.sender.first_name, "bot": message.from_bot,
        "date": message.date, "edited": message.edited, "topic": message.topic, "parts": list(message.segments()),
        "buttons": [[{"title": b.title, "data": b.data, "url": b.url} for b in row] for row in message.buttons],
        "service": list(message.service), "reply_to": message.reply_to.text if message.reply_to else None,
    }  # fmt: skip
    if message.file:
        file = message.file
        found["file"] = {"kind": file.kind, "name": file.name, "size": file.size, "id": file.file_id}
    return found
