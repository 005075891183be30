"""The files that a person gets of what is stored about them: all of it for programs, the same to read."""

import json

from tests.service import Service


def test_one_file_is_for_programs_and_one_to_read(service: Service) -> None:
    for text in ("我们出口蓝牙音箱到欧盟", "反馈", "没有通报", "玩具", "300万美元"):
        service.say(text)
    files = {reply.file.name: reply.file for reply in service.say("导出我的数据") if reply.file}
    folder = service.app.services.settings.data / "files"
    rows = [json.loads(line) for line in (folder / files["my-data.jsonl"].path).read_text("utf-8").splitlines()]
    assert {"members", "feedback", "inbox"} <= {row["table"] for row in rows}
    text = (folder / files["my-data.txt"].path).read_text("utf-8-sig")
    for said in (
        "三、您的反馈",
        "product: 玩具",
        "value = 3000000.0; currency = USD",
        "您：300万美元",
        "烽燧：预计损失",
    ):
        assert said in text
    assert "password" not in text


def test_it_is_in_the_readers_language(service: Service) -> None:
    files = {reply.file.name: reply.file for reply in service.say("export my data") if reply.file}
    text = (service.app.services.settings.data / "files" / files["my-data.txt"].path).read_text("utf-8-sig")
    assert "1. About you" in text
    assert "You: export my data" in text
