"""All pages of the console, in the order of the navigation."""

from starlette.routing import BaseRoute

from bot.web.console import (
    audit,
    deliveries,
    door,
    feedback,
    groups,
    imports,
    knowledge,
    members,
    notices,
    notifications,
    organisations,
    rates,
    recalls,
    studies,
    survey_results,
    surveys,
    tickets,
    today,
)

FAMILIES = (
    today, notifications, recalls, imports, surveys, survey_results, feedback, studies, notices, tickets, knowledge,
    members, organisations, groups, deliveries, rates, audit, door,
)  # fmt: skip


def routes() -> list[BaseRoute]:
    return [*door.OPEN, *(route for family in FAMILIES for route in family.routes)]
