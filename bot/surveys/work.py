"""What time brings to surveys: inviting, rounds of messages, reminders; safe to run twice and to be cut off."""

from dataclasses import dataclass

from bot.db.engine import Database
from bot.ports import Clock
from bot.surveys import closing, inviting, moving, rounds, studies
from bot.surveys.rules import Rules


@dataclass(frozen=True, slots=True)
class Done:
    """What one run did: members invited, members looked at in rounds, messages to staff."""

    invited: int = 0
    rounds: int = 0
    staff: int = 0


def run(db: Database, clock: Clock, rules: Rules) -> Done:
    """Invite and tell, chunk by chunk: other writers get their turn between two of them."""
    _confirm_dates(db, clock, rules)
    return Done(_invite(db, clock, rules), _tell(db, clock, rules), _remind_staff(db, clock, rules))


def _invite(db: Database, clock: Clock, rules: Rules) -> int:
    invited = 0
    if late := db.look(inviting.stale, now=clock.now(), rules=rules):
        db.now(inviting.look_again, late)
    while steps := db.look(inviting.plan, now=clock.now(), rules=rules):
        for step in steps:
            invited += db.now(inviting.write, step, now=clock.now()).asked
    return invited


def _tell(db: Database, clock: Clock, rules: Rules) -> int:
    total = 0
    for one in db.look(rounds.due, now=clock.now(), rules=rules):
        while (told := db.now(rounds.tell_some, one, now=clock.now(), chunk=rules.chunk)) == rules.chunk:
            total += told
        total += told
    for close in db.look(closing.due, now=clock.now(), rules=rules):
        while (told := db.now(closing.remind, close, now=clock.now(), rules=rules)) == rules.chunk:
            total += told
        total += told
    return total


def _confirm_dates(db: Database, clock: Clock, rules: Rules) -> None:
    for survey_id in db.look(moving.unconfirmed, rules=rules):
        db.now(moving.confirm, survey_id, now=clock.now(), rules=rules)


def _remind_staff(db: Database, clock: Clock, rules: Rules) -> int:
    told = db.now(rounds.remind_counties, now=clock.now(), rules=rules)
    return told + db.now(studies.remind, now=clock.now(), rules=rules)
