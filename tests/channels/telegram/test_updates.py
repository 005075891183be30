"""What an update means: addressed or not, command or words, file, press, coming and going."""

from typing import Any

import pytest

from bot.channels.telegram.places import Place
from bot.channels.telegram.updates import Ignored, Me, Migrated, Presence, Pressed, Said, command, kind, read

ME = Me(99, "fengsui_bot")
ANNA = {"id": 7, "is_bot": False, "first_name": "安娜", "language_code": "zh-hans"}
PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -1005, "type": "supergroup", "title": "商会"}


def message(text: str = "", *, chat: Any = None, **more: Any) -> Any:
    body = {
        "message_id": 3,
        "date": 1,
        "chat": chat or PRIVATE,
        "from": ANNA,
        **({"text": text} if text else {}),
        **more,
    }
    return read({"update_id": 1, "message": body}, ME)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("你好", "你好"),
        ("/start", "/greet"),
        ("/start@fengsui_bot", "/greet"),
        ("/START", "/greet"),
        ("/start AB2C-3DE4", '/link_account{"code": "AB2C-3DE4"}'),
        ("/start ab2c3de4", '/link_account{"code": "AB2C-3DE4"}'),
        ("/start ab2c_3de4", '/link_account{"code": "AB2C-3DE4"}'),
        ("/start something-else", "/greet"),
        ('/start "}', "/greet"),
        ("/help me please", "/help"),
        ("/mine", "/list_subscriptions"),
        ("/feedback", "/give_feedback"),
        ("/language", "/set_language"),
        ("/digest", "/set_digest"),
        ("/pause", "/pause_alerts"),
        ("/stop", "/stop"),
        ("/privacy", "/privacy"),
        ("/unknown thing", "/unknown thing"),
        ("/help@other_bot", "/help@other_bot"),
        ("//", "//"),
        (" /start", " /start"),
    ],
)
def test_commands_and_words(text: str, meant: str) -> None:
    found = message(text)
    assert isinstance(found, Said)
    assert (found.text, found.said, found.place) == (meant, None, Place(7))
    assert found.metadata == {"message_id": 3, "person": "7", "language": "zh"}


def test_words_with_a_command_become_a_sentence() -> None:
    found = message("/subscribe  toys, EU")
    assert isinstance(found, Said)
    assert (found.text, found.said) == ("toys, EU", "telegram.said_subscribe")


@pytest.mark.parametrize(
    ("text", "more", "heard"),
    [
        ("hello", {}, None),
        ("/help", {"entities": [{"type": "bot_command", "offset": 0, "length": 5}]}, None),
        ("/help@fengsui_bot", {"entities": [{"type": "bot_command", "offset": 0, "length": 17}]}, "/help"),
        ("/help@FengSui_Bot", {"entities": [{"type": "bot_command", "offset": 0, "length": 17}]}, "/help"),
        ("/help@other_bot", {"entities": [{"type": "bot_command", "offset": 0, "length": 15}]}, None),
        ("🚢🚢 @fengsui_bot 你好", {"entities": [{"type": "mention", "offset": 5, "length": 12}]}, "🚢🚢  你好"),
        ("@fengsui_bot", {"entities": [{"type": "mention", "offset": 0, "length": 12}]}, ""),
        ("@other @x", {"entities": [{"type": "mention", "offset": 0, "length": 6}]}, None),
        (
            "Fengsui?",
            {"entities": [{"type": "text_mention", "offset": 0, "length": 7, "user": {"id": 99}}]},
            "Fengsui?",
        ),
        ("yes", {"reply_to_message": {"from": {"id": 99, "is_bot": True}}}, "yes"),
        ("yes", {"reply_to_message": {"from": {"id": 8}}}, None),
        ("yes", {"reply_to_message": {}}, None),
    ],
)
def test_in_a_group_only_what_is_addressed(text: str, more: dict[str, Any], heard: str | None) -> None:
    found = message(text, chat=GROUP, **more)
    if heard is None:
        assert isinstance(found, Ignored)
    else:
        assert isinstance(found, Said)
        assert (found.text, found.place) == (heard, Place(-1005, 0, 7))


def test_a_topic_is_kept_and_a_thread_of_replies_is_none() -> None:
    addressed = {"reply_to_message": {"from": {"id": 99}}}
    topic = message("x", chat=GROUP, message_thread_id=4, is_topic_message=True, **addressed)
    thread = message("x", chat=GROUP, message_thread_id=4, **addressed)
    assert isinstance(topic, Said)
    assert isinstance(thread, Said)
    assert (topic.place.address, thread.place.address) == ("-1005:4:7", "-1005:0:7")


def test_files() -> None:
    sizes = [{"file_id": str(n), "width": n, "height": n, "file_size": n * 10} for n in (90, 800, 320)]
    photo = message(photo=sizes, caption="see", caption_entities=[])
    assert isinstance(photo, Said)
    assert photo.text == "see"
    assert photo.metadata["file"] == {"id": "800", "name": "photo.jpg", "size": 8000, "photo": True}
    document = message(document={"file_id": "d", "file_name": "a\x00.pdf", "mime_type": "application/pdf"})
    assert isinstance(document, Said)
    assert document.metadata["file"] == {"id": "d", "name": "a\ufffd.pdf", "size": 0}


@pytest.mark.parametrize("name", ["sticker", "voice", "location", "contact", "poll"])
def test_what_we_cannot_read_is_named(name: str) -> None:
    found = message(**{name: {}})
    assert isinstance(found, Said)
    assert found.metadata["unsupported"] == name


def test_service_messages_bots_and_channels_are_nothing_for_us() -> None:
    assert isinstance(message(new_chat_title="x"), Ignored)
    assert isinstance(message("x", **{"from": {**ANNA, "is_bot": True}}), Ignored)
    assert isinstance(message("x", chat={"id": -1, "type": "channel"}), Ignored)
    assert isinstance(read({"update_id": 1, "poll": {}}, ME), Ignored)
    assert isinstance(read({"update_id": 1}, ME), Ignored)
    assert kind({"update_id": 1}) == "empty"


def test_edits_presses_comings_and_moves() -> None:
    body = {"message_id": 3, "chat": PRIVATE, "from": ANNA, "text": "new"}
    edited = read({"update_id": 1, "edited_message": body}, ME)
    assert isinstance(edited, Said)
    assert edited.metadata["edited"] == 3
    press = {"id": "5", "from": ANNA, "data": "abc:0", "message": {"message_id": 3, "chat": PRIVATE}}
    assert read({"update_id": 1, "callback_query": press}, ME) == Pressed("5", "abc:0", 7, 7, 3, "zh")
    assert isinstance(read({"update_id": 1, "callback_query": {"id": "5", "from": ANNA}}, ME), Ignored)
    for status, alive in (("member", True), ("kicked", False), ("left", False), ("administrator", True)):
        change = {"chat": PRIVATE, "from": ANNA, "new_chat_member": {"status": status, "user": {"id": 99}}}
        found = read({"update_id": 1, "my_chat_member": change}, ME)
        assert isinstance(found, Presence)
        assert (found.chat, found.alive) == (7, alive)
    assert message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=-1005) == Migrated(-5, -1005)


@pytest.mark.parametrize(
    "update",
    [{"message": {}}, {"message": {"chat": 5}}, {"callback_query": {"message": {"chat": {}}}}, {"message": None}],
)
def test_what_is_no_update_is_an_error_that_is_caught(update: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read({"update_id": 1, **update}, ME)


@pytest.mark.parametrize("address", ["7", "-1005", "-1005:4", "-1005:0:7", "-1005:4:7"])
def test_an_address_is_a_place_and_back(address: str) -> None:
    place = Place.of(address)
    assert place.address == address
    assert place.moved(-9).chat == -9
    assert place.person == ({"7": "7"}.get(address) or ("7" if address.count(":") == 2 else None))


@pytest.mark.parametrize("address", ["", "x", "7:x", "@name"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Place.of(address)


def test_a_command_stands_at_the_beginning() -> None:
    assert command("/pause@fengsui_bot a week", ME) == ("pause", "a week")
    assert command("please /pause", ME) == (None, "")
