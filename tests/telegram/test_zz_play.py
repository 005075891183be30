import pytest, asyncio
from tests.telegram.conftest import *
pytestmark = pytest.mark.anyio
async def settle(chat, t=0.7):
    await asyncio.sleep(t)
async def test_play(polling):
    s=polling
    s.service.load_demo()
    async with s.up():
        for lang,name,lines in (("zh-hans","李明",["/start","我们出口蓝牙音箱到欧盟，有通报提醒我","跳过","是的"]),("en","Anna",["/start","/subscribe LED lamps to the US","/help","/stop","/stop","/privacy","/mine","notifications","EU notifications", "/feedback"])):
            chat=s.person(name,lang)
            for line in lines:
                await chat.say(line)
                await settle(chat)
            for m in chat.messages:
                print("BOT" if m.from_bot else "YOU", m.id, repr(m.text[:300]), m.titles)
        print([ (c.method,c.code) for c in s.server.calls if c.method!="getUpdates"])
