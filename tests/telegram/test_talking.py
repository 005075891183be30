"""From the deep link to the photo: all that a person does on Telegram, both ways of receiving, both languages."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot import enrolment, members
from bot.authority import Role
from bot.db.models import deliveries, inbox, interests, roles
from bot.enrolment import Purpose
from bot.organisations import Kind, put
from tests.conftest import NOW
from tests.telegram.stage import Stage

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64


@dataclass(frozen=True, slots=True)
class Words:
    """What a person of this language says, and a part of what comes back."""

    code: str
    subscribe: str
    noted: str
    skip: str
    confirm: str
    registered: str
    company: str
    photo: str
    details: str


ZH = Words(
    "zh-hans",
    "我们出口蓝牙音箱到欧盟，有通报提醒我",
    "好的，记下了",
    "跳过",
    "确认",
    "登记好了",
    "代表宁波声海",
    "收到文件",
    "详情",
)
EN = Words(
    "en", "We export Bluetooth speakers to the EU, please alert me", "Noted", "Skip", "Yes", "registration number",
    "act for Ningbo Shenghai", "I have got the file", "Details",
)  # fmt: skip
SPOKEN = pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])


def invitation(stage: Stage) -> str:
    """A one-time code for an enterprise."""

    def make(tx):  # type: ignore[no-untyped-def]
        company = put(tx, "ningbo", kind=Kind.ENTERPRISE, name_zh="宁波声海", name_en="Ningbo Shenghai", now=NOW)
        role = Role.ENTERPRISE
        return enrolment.make_code(tx, Purpose.INVITE, now=NOW, organisation_id=company.id, role=role)

    return stage.service.run(make)


@SPOKEN
async def test_enrol_subscribe_be_alerted_answer_and_send_a_photo(stage: Stage, words: Words) -> None:
    async with stage.up():
        chat = stage.person("李明", words.code)
        await chat.start(invitation(stage))
        await chat.wait_for(words.company)

        await chat.say(words.subscribe)
        await chat.wait_for(words.noted)
        await chat.press(words.skip)
        await chat.press(words.confirm)
        await chat.wait_for(words.registered)

        mark = stage.server.mark()
        stage.service.arrive(
            symbol="G/TBT/N/EU/9950", agreement="TBT", members=["EU"], date="2026-11-20", type="regular",
            title="Bluetooth speakers: draft delegated regulation", products_en="Bluetooth speakers",
            products="Bluetooth speakers", hs_codes=["851822"], comment_deadline="2027-01-20",
        )  # fmt: skip
        alert = await chat.wait_for("G/TBT/N/EU/9950", since=mark)
        await chat.press(alert.titles[0], message=alert)
        card = await chat.wait_for(lambda message: message.id > alert.id and "9950" in message.text)
        assert "delegated" in card.text.lower() or "9950" in card.text

        photo = await chat.photo(JPEG)
        await chat.wait_for(words.photo)
        await stage.bot.confirmed()

    member = stage.service.run(members.at_address, "telegram", str(chat.id), now=NOW)
    assert stage.service.look(lambda tx: tx.execute(select(roles.c.member_id)).scalars().all()) == [member]
    assert stage.service.look(lambda tx: tx.execute(select(interests.c.markets)).scalars().all()) == [["EU"]]
    rows = stage.service.look(lambda tx: tx.execute(select(deliveries.c.state)).scalars().all())
    assert rows == ["sent"]
    assert kept(stage, photo.id) == JPEG


def kept(stage: Stage, message_id: int) -> bytes:
    """The file that came with this message, as it lies in the data folder."""
    rows = stage.service.look(lambda tx: tx.execute(select(inbox.c.message)).scalars().all())
    (message,) = [one for one in rows if one["metadata"]["message_id"] == message_id and one["attachments"]]
    (file,) = message["attachments"]
    assert file["size"] == len((stage.data / "files" / file["path"]).read_bytes())
    return (stage.data / "files" / file["path"]).read_bytes()


@SPOKEN
async def test_subscribing_by_buttons_alone(stage: Stage, words: Words) -> None:
    async with stage.up():
        chat = stage.person("李明", words.code)
        await chat.start()
        hello = await chat.wait_for(lambda message: bool(message.titles))
        await chat.press(hello.titles[1])
        await chat.next()
        await chat.say("蓝牙音箱" if words is ZH else "Bluetooth speakers")
        await chat.press(words.skip)
        await chat.press("欧盟" if words is ZH else "European Union")
        await chat.press(words.confirm)
        await chat.wait_for(words.registered)
    assert all(not message.titles for message in chat.from_bot if words.confirm in message.titles)


@pytest.mark.parametrize(
    ("name", "data", "taken"),
    [
        ("报价单.pdf", b"%PDF-1.7 ...", True),
        ("a.xlsx", b"PK\x03\x04....", True),
        ("notes.txt", "出口".encode(), True),
        ("../../etc/passwd.txt", b"root", True),
        ("tool.exe", b"MZ", False),
        ("fake.pdf", b"MZ this is none", False),
        ("noname", b"%PDF-", False),
    ],
)
async def test_documents_are_looked_at(polling: Stage, name: str, data: bytes, taken: bool) -> None:
    async with polling.up():
        chat = polling.person()
        sent = await chat.document(name, data)
        answer = await chat.wait_for(lambda message: message.from_bot)
        assert ("收到文件" in answer.text) is taken
        await polling.bot.confirmed()
    if taken:
        assert kept(polling, sent.id) == data
    files = [path for path in (polling.data / "files").rglob("*") if path.is_file()]
    assert len(files) == taken
    assert all(path.is_relative_to(polling.data / "files" / "in") for path in files)


@pytest.mark.parametrize(("data", "suffix"), [(JPEG, ".jpg"), (PNG, ".png"), (b"GIF89a..", ".gif")])
async def test_a_photo_is_named_after_what_it_is(polling: Stage, data: bytes, suffix: str) -> None:
    async with polling.up():
        chat = polling.person()
        sent = await chat.photo(data)
        await chat.wait_for(f"photo{suffix}")
    assert kept(polling, sent.id) == data


async def test_a_file_in_a_dialogue_is_kept_and_the_question_stays(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.say("/subscribe")
        await chat.wait_for("哪些产品")
        sent = await chat.photo(JPEG)
        await chat.wait_for("接着刚才的问题")
        await chat.say("蓝牙音箱 欧盟")
        await chat.wait_for("HS编码")
    assert kept(polling, sent.id) == JPEG


async def test_photos_that_are_sent_together_are_acknowledged_once(polling: Stage) -> None:
    from bot import attachments, members

    async with polling.up():
        chat = polling.person()
        photo = (await chat.photo(JPEG)).file
        await chat.wait_for("收到文件")
        assert photo is not None
        sizes = [{"file_id": photo.file_id, "width": 9, "height": 9}]
        message = {"chat": {"id": chat.id, "type": "private"}, "media_group_id": "5", "photo": sizes,
                   "from": {"id": chat.id, "is_bot": False, "first_name": "李明"}}  # fmt: skip
        album = [{"update_id": 50 + n, "message": {"message_id": 90 + n, **message}} for n in range(3)]
        polling.listener.spread(await polling.listener.store(album))
        await polling.listener.lanes.idle()
    member = polling.service.run(members.at_address, "telegram", str(chat.id), now=NOW)
    assert len(polling.service.look(attachments.of_member, member)) == 1 + 3
    assert len([one for one in chat.from_bot if "收到文件" in one.text]) == 1 + 1


async def test_what_is_too_large_is_not_even_fetched(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.document("large.pdf", b"%PDF-", size=21_000_000)
        await chat.wait_for("10 MB")
        assert not polling.server.called("getFile")


async def test_a_caption_is_a_message_of_its_own(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        sent = await chat.photo(JPEG, caption="你能做什么")
        await chat.wait_for("我可以帮您")
    assert kept(polling, sent.id) == JPEG


async def test_stickers_and_voices_are_answered_politely(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.sticker()
        await chat.wait_for("看不懂")


@SPOKEN
async def test_every_command_of_the_menu_does_something(polling: Stage, words: Words) -> None:
    language = words.code[:2]
    expected = {
        "subscribe": "subscribe.ask_product", "mine": "interest.none", "privacy": "telegram.privacy",
        "stop": "telegram.stop_offer",
    }  # fmt: skip
    async with polling.up():
        texts = polling.service.app.services.texts
        for scope in ("default", "all_private_chats", "all_group_chats"):
            menu = polling.bot.commands(scope, language)
            assert all(texts(f"telegram.command_{name}", language) == text for name, text in menu)
        for number, (name, _) in enumerate(polling.bot.commands("all_private_chats", language)):
            chat = polling.person(f"Person {number}", words.code)
            await chat.say(f"/{name}")
            answer = await chat.wait_for(lambda message: message.from_bot)
            if name in expected:
                told = texts(expected[name], language, centre=polling.service.app.conversations.centre[language])
                assert answer.text == told


@SPOKEN
async def test_stop_cancels_a_dialogue_and_offers_a_pause_outside_of_one(stage: Stage, words: Words) -> None:
    texts, language = stage.service.app.services.texts, words.code[:2]
    async with stage.up():
        chat = stage.person("李明", words.code)
        await chat.say("/subscribe")
        await chat.wait_for(texts("subscribe.ask_product", language))
        await chat.say("/stop")
        await chat.wait_for(texts("subscribe.cancelled_empty", language))
        await chat.say("/stop")
        await chat.wait_for(texts("telegram.stop_offer", language))
        await chat.press(texts("telegram.pause_alerts", language))
        await chat.wait_for("2026-11-29")


async def test_a_command_takes_words_with_it(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.say("/subscribe 蓝牙音箱 欧盟")
        await chat.wait_for("蓝牙音箱；欧盟")


async def test_a_used_link_joins_nobody(stage: Stage) -> None:
    async with stage.up():
        code = invitation(stage)
        first, second = stage.person("李明"), stage.person("王芳")
        await first.start(code)
        await first.wait_for("代表宁波声海")
        await second.start(code)
        await second.wait_for("不对、已经用过或者过期")


async def test_fault_23_who_blocks_the_bot_gets_nothing_and_who_comes_back_does(stage: Stage) -> None:
    from bot.db.models import addresses

    def state() -> str:
        return stage.service.look(lambda tx: tx.execute(select(addresses.c.state)).scalar_one())

    async with stage.up():
        chat = stage.person()
        await chat.start()
        await chat.next()
        await chat.block()
        await stage.bot.confirmed()
        assert state() == "gone"
        await chat.unblock()
        await stage.bot.confirmed()
        assert state() == "active"


async def test_typing_is_shown_while_a_file_is_fetched(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.document("a.pdf", b"%PDF-1.7")
        await chat.wait_for("收到文件")
    assert chat.actions == ["typing"]


async def test_a_file_hangs_on_the_feedback_under_way(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        for text in ("反馈", "没有通报", "玩具"):
            await chat.say(text)
        await chat.wait_for("一年出口")
        await chat.document("report.pdf", b"%PDF-1.7")
        await chat.wait_for("已附在您的反馈 F-000001 上")
        await chat.say("300万美元")  # the question was still open
        await chat.wait_for("预计损失")


async def test_my_data_comes_as_a_file(polling: Stage) -> None:
    async with polling.up():
        chat = polling.person()
        await chat.say("导出我的数据")
        message = await chat.wait_for(lambda one: one.file is not None)
        assert message.file is not None
        assert (message.file.kind, message.file.name) == ("document", "my-data.jsonl")
        assert str(chat.id).encode() in message.file.data
