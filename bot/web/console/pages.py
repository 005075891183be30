"""All pages of the console, in the order of the navigation."""

from starlette.routing import BaseRoute

from bot.web.console import audit, deliveries, door, imports, members, notifications, organisations, rates, today

FAMILIES = (today, notifications, imports, members, organisations, deliveries, rates, audit, door)


def routes() -> list[BaseRoute]:
    return [*door.OPEN, *(route for family in FAMILIES for route in family.routes)]
