"""The channels that only send and that the settings name: what is not set up is not loaded."""

from collections.abc import Iterator

from bot.answer_links import Maker
from bot.channels.robots import Provider, RobotChannel
from bot.ports import Channel
from bot.services import Services
from bot.settings import Settings


def build(services: Services, links: Maker) -> dict[str, Channel]:
    """By name. Raises SettingsError when a library is missing that one of them needs."""
    made: list[Channel] = [RobotChannel(one, services.db, services.clock, links) for one in _robots(services)]
    if services.settings.email.host:
        made.append(_mail(services, links))
    if services.settings.webhook.endpoints:
        made.append(_webhook(services, links))
    if services.settings.apprise.urls:
        made.append(_apprise(services, links))
    return {one.name: one for one in made}


def group_robots(settings: Settings) -> list[tuple[str, str]]:
    """Channel and name of the robot of every group."""
    named = {"dingtalk": settings.dingtalk, "feishu": settings.feishu, "wecom_robot": settings.wecom}
    return [(channel, name) for channel, one in named.items() for name in one.robots]


def _webhook(services: Services, links: Maker) -> Channel:
    from bot.channels.webhook import WebhookChannel

    return WebhookChannel(services.settings.webhook, services.db, services.clock, links)


def _apprise(services: Services, links: Maker) -> Channel:
    from bot.channels import long_tail

    long_tail.wanted()
    return long_tail.AppriseChannel(services.settings.apprise, services.db, services.clock, links)


def _mail(services: Services, links: Maker) -> Channel:
    from bot.channels.mail.composing import Writer
    from bot.channels.mail.sender import MailChannel

    settings, desk = services.settings.email, services.settings.desk
    names = {"zh": desk.name_zh, "en": desk.name_en}
    writer = Writer(services.texts, names, settings.sender, settings.reply_to, services.settings.data / "files")
    return MailChannel(settings, services.db, services.clock, links, writer)


def _robots(services: Services) -> Iterator[Provider]:
    settings = services.settings
    if settings.dingtalk.robots:
        from bot.channels.dingtalk import DingTalk

        yield DingTalk(settings.dingtalk)
    if settings.feishu.robots:
        from bot.channels.feishu import Feishu

        yield Feishu(settings.feishu)
    if settings.wecom.robots or settings.wecom.has_app:
        from bot.channels.wecom import WecomApp, WecomRobot

        if settings.wecom.robots:
            yield WecomRobot(settings.wecom)
        if settings.wecom.has_app:
            yield WecomApp(settings.wecom)
