"""Reply markup: what the real server refuses. Source: Client.cpp (get_reply_markup, get_inline_keyboard_button)."""

from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.markup import checked_link
from tests.fakes.telegram.params import Params

Json = dict[str, Any]
OTHERS = {"web_app", "switch_inline_query", "switch_inline_query_current_chat", "copy_text", "login_url", "pay"}
BUTTONS, DATA_BYTES = 100, 64


def reply_markup(params: Params) -> Json | None:
    """The markup as it will be shown; None for none. An empty inline keyboard is none."""
    found = params.parsed("reply_markup", "reply keyboard markup")
    if found is None:
        return None
    if not isinstance(found, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in found:
        return _inline(found["inline_keyboard"])
    return found if {"keyboard", "remove_keyboard", "force_reply"} & found.keys() else None


def _inline(rows: Any) -> Json | None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    for button in (one for row in rows for one in row):
        _check(button)
    if sum(len(row) for row in rows) > BUTTONS:
        raise bad_request("reply markup is too long")
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check(button: Any) -> None:
    if not isinstance(button, dict):
        raise _cannot("InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise _cannot('Can\'t find field "text"')
    if button.get("url"):
        return _check_url(button["url"])
    if not button.get("callback_data") and not OTHERS & button.keys():
        raise _cannot("Text buttons are unallowed in the inline keyboard")
    if len(button.get("callback_data", "").encode()) > DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    return None


def _check_url(url: str) -> None:
    if not checked_link(url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _cannot(why: str) -> Exception:
    return bad_request(f"can't parse inline keyboard button: {why}")
