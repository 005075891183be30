"""All pages of the console, in the order of the navigation."""

from starlette.routing import BaseRoute

from bot.web.console import door, imports, notifications, today

FAMILIES = (today, notifications, imports, door)


def routes() -> list[BaseRoute]:
    return [*door.OPEN, *(route for family in FAMILIES for route in family.routes)]
