"""The methods of our Telegram server and their errors, driven with the real library."""

import pytest
import telegram
from telegram import InlineKeyboardButton as Key
from telegram import InlineKeyboardMarkup as Keyboard
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken

from tests.fakes.conftest import Scene

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
YES_NO = Keyboard([[Key("受影响", callback_data="k1"), Key("不受影响", callback_data="k2")]])


async def test_a_bot_knows_itself(scene: Scene) -> None:
    me = await scene.api.get_me()
    assert (me.id, me.is_bot, me.username) == (scene.bot.id, True, "fengsui_bot")
    assert me.can_read_all_group_messages is False


@pytest.mark.parametrize("token", ["100:wrong", "999999:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
async def test_a_wrong_token_is_401(scene: Scene, token: str) -> None:
    with pytest.raises(InvalidToken, match="Unauthorized"):
        await scene.client(token=token).get_me()


async def test_an_unknown_method_is_404(scene: Scene) -> None:
    with pytest.raises(telegram.error.EndPointNotFound):
        await scene.api.do_api_request("sendTelepathy")


# --- sending --------------------------------------------------------------------------------------


async def test_a_bot_writes_only_where_it_was_written_to(scene: Scene) -> None:
    for chat_id in (scene.chat.id, 12345, "@nobody"):
        with pytest.raises(BadRequest, match="Chat not found"):
            await scene.api.send_message(chat_id, "hello")
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "hello")
    assert scene.chat.text == "hello"


async def test_a_message_with_buttons_is_seen_as_it_is_meant(scene: Scene) -> None:
    await scene.chat.start("one-time-code")
    sent = await scene.api.send_message(
        scene.chat.id, "<b>EU 2026/1</b> &amp; <i>more</i>", parse_mode="HTML", reply_markup=YES_NO
    )
    message = scene.chat.last
    assert (message.text, message.titles) == ("EU 2026/1 & more", ["受影响", "不受影响"])
    assert message.html == "<b>EU 2026/1</b> &amp; <i>more</i>"
    assert [one.type for one in sent.entities] == ["bold", "italic"]
    assert sent.text_html == "<b>EU 2026/1</b> &amp; <i>more</i>"
    assert sent.reply_markup == YES_NO
    assert abs(sent.date.timestamp() - scene.server.clock.now()) < 2
    assert (sent.message_id, sent.from_user.is_bot, sent.chat.type) == (2, True, "private")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("\u200b", "Text must be non-empty"),
        ("x" * 4097, "Message is too long"),
        ("<b>open", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
    ],
)
async def test_texts_that_are_refused(scene: Scene, text: str, error: str) -> None:
    await scene.chat.start()
    with pytest.raises(BadRequest) as caught:
        await scene.api.send_message(scene.chat.id, text, parse_mode="HTML")
    assert error.lower() in str(caught.value).lower()
    assert scene.chat.from_bot == []


async def test_4096_characters_count_after_the_markup_is_read(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "<b>" + "&lt;" * 4095 + "𝄞</b>", parse_mode="HTML")
    assert scene.chat.text == "<" * 4095 + "𝄞"


@pytest.mark.parametrize(
    ("button", "error"),
    [
        ({"text": "x", "callback_data": "烽" * 22}, "Button_data_invalid"),
        ({"text": "x", "callback_data": ""}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "x", "url": "not a link"}, "Wrong HTTP URL"),
        ({"callback_data": "x"}, "Can't find field"),
    ],
)
async def test_buttons_that_are_refused(scene: Scene, button: dict[str, str], error: str) -> None:
    await scene.chat.start()
    with pytest.raises(BadRequest, match=f"(?i){error}"):
        await scene.api.send_message(scene.chat.id, "?", api_kwargs={"reply_markup": {"inline_keyboard": [[button]]}})


async def test_64_bytes_of_data_pass(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "?", reply_markup=Keyboard([[Key("x", callback_data="a" * 64)]]))
    assert scene.chat.last.button("x").data == "a" * 64


async def test_a_reply_names_its_message(scene: Scene) -> None:
    asked = await scene.chat.say("问题")
    sent = await scene.api.send_message(scene.chat.id, "回答", reply_to_message_id=asked.id)
    assert sent.reply_to_message.text == "问题"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await scene.api.send_message(scene.chat.id, "回答", reply_to_message_id=99)


# --- presses --------------------------------------------------------------------------------------


async def test_a_press_comes_as_a_callback_query_and_is_answered(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "受影响吗？", reply_markup=YES_NO)
    press = await scene.chat.press("k1")
    query = (await scene.api.get_updates())[-1].callback_query
    assert (query.data, query.from_user.id, query.message.text) == ("k1", scene.chat.id, "受影响吗？")
    assert query.chat_instance
    await query.answer("已记录", show_alert=True)
    answer = await press.answered()
    assert (answer.text, answer.show_alert) == ("已记录", True)


async def test_only_a_fresh_press_can_be_answered_once_and_shortly(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "?", reply_markup=YES_NO)
    press, late = await scene.chat.press("受影响"), await scene.chat.press("不受")
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await scene.api.answer_callback_query(press.id, "x" * 201)
    await scene.api.answer_callback_query(press.id, "x" * 200)
    scene.server.clock.move(151)
    for gone in (press.id, late.id, "4711"):
        with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
            await scene.api.answer_callback_query(gone)


async def test_a_press_can_be_forged(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_message(scene.chat.id, "?", reply_markup=YES_NO)
    mallory = scene.server.user("Mallory", language_code="en")
    await scene.chat.press_data("never-offered", by=mallory)
    query = (await scene.api.get_updates())[-1].callback_query
    assert (query.data, query.from_user.first_name, query.message.chat.id) == (
        "never-offered",
        "Mallory",
        scene.chat.id,
    )


# --- editing --------------------------------------------------------------------------------------


async def test_an_edit_changes_what_is_seen(scene: Scene) -> None:
    await scene.chat.start()
    sent = await scene.api.send_message(scene.chat.id, "1/3", reply_markup=YES_NO)
    edited = await sent.edit_text("2/3", reply_markup=YES_NO)
    assert edited.edit_date
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await sent.edit_text("<i></i>2/3", parse_mode="HTML", reply_markup=YES_NO)
    await sent.edit_reply_markup(None)
    message = scene.chat.last
    assert (message.text, message.titles, message.versions) == ("2/3", [], ["1/3", "2/3"])
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_reply_markup(None)


async def test_only_its_own_messages_can_be_edited(scene: Scene) -> None:
    said = await scene.chat.say("mine")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await scene.api.edit_message_text("x", scene.chat.id, said.id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await scene.api.edit_message_text("x", scene.chat.id, 99)


async def test_a_deleted_message_is_gone(scene: Scene) -> None:
    await scene.chat.start()
    sent = await scene.api.send_message(scene.chat.id, "x")
    assert await sent.delete()
    assert scene.chat.from_bot == []
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await sent.delete()


# --- files ----------------------------------------------------------------------------------------


async def test_photos_and_documents_go_both_ways(scene: Scene) -> None:
    await scene.chat.photo(PNG, caption="标签 <1>")
    await scene.chat.document("合同.pdf", b"%PDF-1.7 x", mime="application/pdf")
    first, second = [one.message for one in await scene.api.get_updates()]
    assert first.caption == "标签 <1>"
    assert bytes(await (await first.photo[-1].get_file()).download_as_bytearray()) == PNG
    assert (second.document.file_name, second.document.mime_type) == ("合同.pdf", "application/pdf")
    assert bytes(await (await second.document.get_file()).download_as_bytearray()) == b"%PDF-1.7 x"

    sent = await scene.api.send_document(
        scene.chat.id, b"a,b\n", filename="表.csv", caption="<b>x</b>", parse_mode="HTML"
    )
    assert (scene.chat.last.file.name, scene.chat.last.file.data, scene.chat.last.text) == ("表.csv", b"a,b\n", "x")
    await scene.api.send_document(scene.chat.id, sent.document.file_id)
    assert scene.chat.last.file.data == b"a,b\n"
    await scene.api.send_photo(scene.chat.id, PNG)
    assert (scene.chat.last.file.kind, scene.chat.last.file.data) == ("photo", PNG)


async def test_files_that_are_refused(scene: Scene) -> None:
    await scene.chat.document("big.bin", b"x", size=20 * 2**20 + 1)
    (update,) = await scene.api.get_updates()
    with pytest.raises(BadRequest, match="File is too big"):
        await update.message.document.get_file()
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await scene.api.get_file("nonsense")
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await scene.api.send_document(scene.chat.id, "nonsense")
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await scene.api.send_photo(scene.chat.id, b"no picture")
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await scene.api.send_photo(scene.chat.id, PNG, caption="x" * 1025)
    with pytest.raises(telegram.error.NetworkError, match="Request Entity Too Large"):
        await scene.api.send_document(scene.chat.id, b"x" * (51 << 20))


# --- chats ----------------------------------------------------------------------------------------


async def test_blocked_and_deactivated_people(scene: Scene) -> None:
    await scene.chat.start()
    await scene.chat.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await scene.api.send_message(scene.chat.id, "x")
    await scene.chat.unblock()
    await scene.api.send_message(scene.chat.id, "x")
    _, gone, back = [one.my_chat_member for one in await scene.api.get_updates()]
    assert [one.new_chat_member.status for one in (gone, back)] == ["kicked", "member"]
    scene.chat.user.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await scene.api.send_chat_action(scene.chat.id, "typing")


async def test_chat_actions_are_shown(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.send_chat_action(scene.chat.id, "typing")
    assert scene.chat.actions == ["typing"]
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await scene.api.send_chat_action(scene.chat.id, "dancing")


async def test_a_group_shows_a_bot_only_what_is_meant_for_it(scene: Scene) -> None:
    anna = scene.server.user("Anna", language_code="en")
    group = scene.server.group("协会", scene.chat.user, anna, scene.bot)
    await group.say("among ourselves")
    await group.say("@fengsui_bot 你好", by=anna)
    await group.say("/help@another_bot")
    await group.say("/help@fengsui_bot")
    (sent,) = [await scene.api.send_message(group.id, "notice")]
    await group.say("a reply", reply_to=group.last)
    joined, *messages = await scene.api.get_updates()
    assert joined.my_chat_member.new_chat_member.status == "member"
    assert [one.message.text for one in messages] == ["@fengsui_bot 你好", "/help@fengsui_bot", "a reply"]
    assert messages[-1].message.reply_to_message.message_id == sent.message_id
    await group.promote(scene.bot)
    await group.say("everything now")
    assert (await scene.api.get_updates())[-1].message.text == "everything now"


async def test_topics_are_kept(scene: Scene) -> None:
    group = scene.server.group("协会", scene.chat.user, scene.bot, topics=True)
    topic = await group.topic("EU")
    await scene.api.send_message(group.id, "notice", message_thread_id=topic)
    assert group.last.topic == topic
    await group.say("/help", topic=topic)
    message = (await scene.api.get_updates())[-1].message
    assert (message.message_thread_id, message.is_topic_message, message.chat.is_forum) == (topic, True, True)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await scene.api.send_message(group.id, "notice", message_thread_id=999)


async def test_a_group_moves_and_a_bot_is_thrown_out(scene: Scene) -> None:
    group = scene.server.group("协会", scene.chat.user, scene.bot, kind="group")
    new = await group.migrate()
    with pytest.raises(ChatMigrated) as moved:
        await scene.api.send_message(group.id, "x")
    assert moved.value.new_chat_id == new.id
    assert [one.message.migrate_to_chat_id for one in await scene.api.get_updates() if one.message] == [new.id, None]
    await scene.api.send_message(new.id, "x")
    await new.kick(scene.bot)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await scene.api.send_message(new.id, "x")


async def test_members_and_leaving(scene: Scene) -> None:
    anna = scene.server.user("Anna")
    group = scene.server.group("协会", scene.chat.user, anna, scene.bot)
    admins = await scene.api.get_chat_administrators(group.id)
    assert [(one.user.id, one.status) for one in admins] == [(scene.chat.id, "creator")]
    assert (await scene.api.get_chat_member(group.id, anna.id)).status == "member"
    await group.promote(anna)
    assert (await scene.api.get_chat_member(group.id, anna.id)).status == "administrator"
    assert await scene.api.get_chat_member_count(group.id) == 3
    assert (await scene.api.get_chat(group.id)).title == "协会"
    await scene.api.leave_chat(group.id)
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await scene.api.send_message(group.id, "x")


# --- the bot's own data ---------------------------------------------------------------------------


async def test_commands_for_scopes_and_languages(scene: Scene) -> None:
    await scene.chat.start()
    await scene.api.set_my_commands([("help", "Help")])
    await scene.api.set_my_commands([("help", "帮助")], language_code="zh")
    await scene.api.set_my_commands([("subscribe", "Follow")], scope=telegram.BotCommandScopeChat(scene.chat.id))
    assert scene.bot.commands(language_code="zh") == [("help", "帮助")]
    assert scene.chat.commands == [("subscribe", "Follow")]
    await scene.api.delete_my_commands(scope=telegram.BotCommandScopeChat(scene.chat.id))
    assert scene.chat.commands == [("help", "帮助")]
    assert [one.description for one in await scene.api.get_my_commands()] == ["Help"]
    assert await scene.api.get_my_commands(scope=telegram.BotCommandScopeAllPrivateChats()) == ()


@pytest.mark.parametrize(
    ("commands", "language", "error"),
    [
        ([("Help", "x")], "", "bot_command_invalid"),
        ([("help", "x" * 257)], "", "bot_command_description_invalid"),
        ([(f"c{n}", "x") for n in range(101)], "", "bot_commands_too_much"),
        ([("help", "x")], "zh-hans", "invalid language code"),
    ],
)
async def test_commands_that_are_refused(scene: Scene, commands: list[object], language: str, error: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){error}"):
        await scene.api.set_my_commands(commands, language_code=language)  # type: ignore[arg-type]


async def test_descriptions_name_and_menu(scene: Scene) -> None:
    await scene.api.set_my_description("烽燧", language_code="zh")
    await scene.api.set_my_short_description("beacon")
    await scene.api.set_my_name("烽燧", language_code="zh")
    assert (await scene.api.get_my_description("zh")).description == "烽燧"
    assert (await scene.api.get_my_short_description("zh")).short_description == "beacon"
    assert (await scene.api.get_my_name()).name == "Fengsui"
    with pytest.raises(BadRequest, match="too long"):
        await scene.api.set_my_short_description("x" * 121)
    await scene.api.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
    assert (await scene.api.get_chat_menu_button()).type == "commands"
