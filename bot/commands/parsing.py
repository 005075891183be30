"""`fengsui parse`: what the assistant understands of a text."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot import clock
from bot.settings import Settings
from bot.training import interpreter
from nlu.interpreter import Context


def parser(settings: Settings) -> Callable[[str], dict[str, object]]:
    """A function from a text to Rasa's parse data."""
    understand = interpreter(settings)
    now = clock.from_setting(settings.clock)
    zone = ZoneInfo(settings.desk.time_zone)
    return lambda text: understand.parse(text, Context(now=now.now().astimezone(zone))).to_rasa()
