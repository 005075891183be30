"""What a message asks of recalls and refusals abroad, and which messages are about something else."""

import pytest

from nlu.normalize import fold
from nlu.recalls import Ask, read

LIST = """
最近被美国海关扣留的食品有哪些
该国最近召回了哪些玩具
本月欧盟召回的应急灯
最近欧盟召回了哪些玩具
美国拒绝进口了哪些中国海产品？
国外召回通报
最近有哪些召回
有没有中国玩具在欧盟被召回
Safety Gate 最近通报了哪些充电器
出口美国的海鲜被FDA拒了几批
欧盟召回了哪些来自中国的电器
这个月FDA拒绝进口了多少批茶叶
查一下CPSC的召回
上个月日本扣留了什么食品
recent US recalls of chargers from China
any recalls of toys in the EU this month
which power banks were recalled in the US
FDA refused which Chinese food recently
show me import refusals of shrimp
latest Safety Gate notifications about lamps
recalls
have any Chinese kettles been recalled in Germany
what was rejected at the EU border last week
""".strip().splitlines()
OTHER = """
急急急，一柜玩具到汉堡被海关扣了，现在第一步该干嘛
一批玩具被退运了咋整
货被扣了怎么办
我的产品被欧盟召回了怎么办
欧盟召回系统是什么
什么是召回
我们的货被美国海关扣了
货被退运怎么处理
怎么避免被FDA拒绝进口
有没有被召回的案例
玩具出口欧盟有什么要求
最近欧盟有什么通报
撤回我的反馈
拒绝
recall procedure in the EU: how does it work
our goods were refused at the border, what should we do
What is Safety Gate?
my product is on Safety Gate
recent notifications on toys
why was my shipment refused
I refuse
no
""".strip().splitlines()
OFF = """
别再发召回提醒了
不要召回信息
关闭召回提醒
不用给我发国外召回的消息了
召回提醒关掉吧
stop sending me recalls
turn off recall alerts
no more recalls please
turn recalls off
don't send me recalls and refusals any more
""".strip().splitlines()
ON = """
恢复召回提醒
重新发召回消息吧
打开拒绝进口的提醒
召回提醒继续发吧
turn recall alerts back on
resume recalls
send me recalls again
""".strip().splitlines()


@pytest.mark.parametrize("text", LIST)
def test_which_there_are(text: str) -> None:
    assert read(fold(text).text) is Ask.LIST


@pytest.mark.parametrize("text", OTHER)
def test_what_is_about_something_else(text: str) -> None:
    assert read(fold(text).text) is None


@pytest.mark.parametrize(("text", "ask"), [*((one, Ask.OFF) for one in OFF), *((one, Ask.ON) for one in ON)])
def test_whether_one_wants_to_hear(text: str, ask: Ask) -> None:
    assert read(fold(text).text) is ask


@pytest.mark.parametrize("text", ["RC-000012", "再看一遍 rc-12", "show RC-12 again", "ＲＣ－０００１２"])
def test_one_of_them(text: str) -> None:
    assert read(fold(text).text) is Ask.ONE


@pytest.mark.parametrize("text", ["HRC-12", "RC-", "召回" * 100, "", "GRC-000012"])
def test_neither(text: str) -> None:
    assert read(fold(text).text) is None
