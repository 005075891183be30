"""Who should get which message in which minute, and why: told from the documents' promises alone.

Written beside the service and without it (nothing of bot is imported), from docs/engineering.md (matching, families,
what is history, the outbox), docs/status.md and the sentences that members are told. Times are found by walking along
the clock on the wall, a quarter of an hour at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.month.world import DAY, TOPICS, Act, Document, Habits, Person, Wish, World

QUARTER = timedelta(minutes=15)
DESK = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(9), time(17)
HOLIDAYS = {date(2026, 4, 6), *(date(2026, 10, day) for day in range(1, 8))}  # that are no Saturdays and Sundays
RECENT, URGENT, RUNGS = 14, 7, (7, 2)
UNION = {"EU", "DE", "FR"}
BLOCS = {"ASEAN": {"VN", "TH"}, "East African Community": {"KE", "UG"}}
PAGE = 6


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. `about`: symbols, of a digest the first page; `count`: how many a digest holds."""

    at: datetime
    who: str
    kind: str  # alert, digest, closing
    about: tuple[str, ...]
    why: str = ""  # the value of the wish, or "followed"; of a digest nothing is said
    count: int = 1


@dataclass(slots=True)
class Item:
    """What one alert is to one person, sent or held."""

    number: int
    who: str
    kind: str  # new, change, withdrawn, closing
    document: Document
    wish: Wish | None
    pressing: bool
    due: datetime
    closes: date | None = None


@dataclass(slots=True)
class Standing:
    """A person as they are at this moment."""

    habits: Habits
    wishes: dict[Wish, bool] = field(default_factory=dict)  # and whether it is still wanted
    rhythms: dict[Wish, str] = field(default_factory=dict)
    paused: datetime | None = None
    gone: bool = False
    heard: dict[str, set[Wish]] = field(default_factory=dict)  # family -> by which wishes
    muted: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    sent: list[tuple[datetime, Item]] = field(default_factory=list)
    looked: set[tuple[str, date, int]] = field(default_factory=set)

    def follows(self, family: str) -> bool:
        return family not in self.muted and any(self.wishes[wish] for wish in self.heard.get(family, ()))

    def wish(self, wishes: Iterable[Wish]) -> None:
        """A wish comes with a rhythm of its own or with that of its person."""
        self.wishes |= dict.fromkeys(wishes, True)
        self.rhythms |= {wish: wish.frequency or self.habits.frequency for wish in wishes}

    @property
    def wanted(self) -> Iterator[Wish]:
        return (wish for wish, alive in self.wishes.items() if alive)


def foretell(world: World) -> list[Message]:
    """Every message of the month, in order of time and person."""
    oracle = Oracle({one.name: _at_first(one) for one in world.people})
    acts = iter([*world.acts, Act(world.end + DAY, "end")])
    act, moment = next(acts), world.start
    while moment < world.end:
        oracle.quarter(moment)
        while act.at < moment + QUARTER:
            oracle.act(act)
            act = next(acts)
        moment += QUARTER
    return sorted(oracle.messages, key=lambda one: (one.at, one.who, one.kind, one.about))


def _at_first(person: Person) -> Standing:
    one = Standing(person.habits)
    one.wish(person.wishes)
    return one


@dataclass(slots=True)
class Oracle:
    people: dict[str, Standing]
    messages: list[Message] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)  # by symbol, as it was brought last
    alerted: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    held: list[Item] = field(default_factory=list)
    alerts: int = 0

    # --- what happens ---

    def quarter(self, now: datetime) -> None:
        self.release(now)
        if now.minute == 0:
            self.remind(now)

    def act(self, act: Act) -> None:
        if act.kind == "import":
            for document, kind in [found for one in act.what if (found := self.take(one, act.at.date()))]:
                self.alert(document, kind, act.at)
            self.remind(act.at)
        else:
            getattr(self, act.kind.replace(" ", "_"))(self.people[act.who], act)

    def register(self, one: Standing, act: Act) -> None:
        one.wish(act.what)

    def unsubscribe(self, one: Standing, act: Act) -> None:
        one.wishes[list(one.wishes)[act.what]] = False

    def pause(self, one: Standing, act: Act) -> None:
        one.paused = act.what

    def choose(self, one: Standing, act: Act) -> None:
        """New habits are for all wishes, and what is held follows them. An hour that is not named stays."""
        new, old = act.what, one.habits
        weekday = old.weekday if new.weekday is None else new.weekday
        one.habits = Habits(old.zone, new.quiet, new.frequency, new.at or old.at, weekday)
        one.rhythms = dict.fromkeys(one.rhythms, new.frequency)
        for item in self.held:
            if item.who == act.who:
                item.due = self.moment(item, act.at, item.closes and _midnight(item.closes + DAY))
        self.release(act.at)

    def leave(self, one: Standing, act: Act) -> None:
        one.gone = True

    block = leave

    def answer(self, one: Standing, act: Act) -> None:
        one.answered.add(act.what)

    def not_mine(self, one: Standing, act: Act) -> None:
        one.muted.add(act.what)

    # --- documents ---

    def take(self, new: Document, today: date) -> tuple[Document, str] | None:
        """Store a document; says what kind of news it is, if it is any."""
        old = self.documents.get(new.symbol)
        if old == new:
            return None
        self.documents[new.symbol] = new
        if new.withdraws:
            self.withdrawn.add(new.family)
        moved = old is not None and old.deadline != new.deadline
        effective = new.deadline or self.deadline(new.family)
        open_or_recent = (effective and effective >= today) or new.day >= today - RECENT * DAY
        if not open_or_recent or (old is not None and not moved):
            return None
        kind = "withdrawn" if new.withdraws else "change" if new.symbol in self.alerted else "new"
        self.alerted.add(new.symbol)
        return new, kind

    def deadline(self, family: str) -> date | None:
        """What the newest document of the family says; nothing once it is taken back."""
        if family in self.withdrawn:
            return None
        stated = [one for one in self.documents.values() if one.family == family and one.deadline]
        newest = max(stated, key=lambda one: (one.day, one.symbol.count("/"), one.symbol), default=None)
        return newest.deadline if newest else None

    def shown_deadline(self, document: Document) -> date:
        """Of a line in a digest: an addendum without a date stands at the end."""
        own = self.deadline(document.family) if document.symbol == document.family else document.deadline
        return own or date.max

    # --- alerts ---

    def alert(self, document: Document, kind: str, now: datetime) -> None:
        self.alerts += 1
        closes = self.deadline(document.family)
        soon = closes is not None and now.date() <= closes <= now.date() + URGENT * DAY
        pressing = kind == "withdrawn" or document.type == "emergency" or soon
        for name, one in self.people.items():
            wish = None if kind == "change" else self.wish_for(one, document)
            if wish:
                one.heard.setdefault(document.family, set()).add(wish)
            follower = one.follows(document.family) and (kind != "new" or document.symbol != document.family)
            if (wish or follower) and self.reachable(one, document.family, now):
                item = Item(self.alerts, name, kind, document, wish, pressing, now)
                item.due = self.moment(item, now)
                self.send_or_hold(item, now)

    def wish_for(self, one: Standing, document: Document) -> Wish | None:
        whole = self.documents.get(document.family, document)
        return next((wish for wish in one.wanted if concerns(wish, document, whole)), None)

    def reachable(self, one: Standing, family: str, now: datetime) -> bool:
        return not one.gone and family not in one.muted and not (one.paused and one.paused > now)

    def moment(self, item: Item, now: datetime, latest: datetime | None = None) -> datetime:
        habits = self.people[item.who].habits
        frequency = "instant" if item.pressing else self.frequency(item)
        due = next_hour(now, habits, frequency) if frequency != "instant" else now
        due = after_quiet(due, habits)
        return now if latest and due > latest else due

    def frequency(self, item: Item) -> str:
        one = self.people[item.who]
        return one.rhythms[item.wish] if item.wish else one.habits.frequency

    def send_or_hold(self, item: Item, now: datetime) -> None:
        if item.due > now:
            self.held.append(item)
        else:
            self.send(item, now)

    def send(self, item: Item, now: datetime) -> None:
        kind = "closing" if item.kind == "closing" else "alert"
        why = item.wish.value if item.wish else "followed"
        self.messages.append(Message(now, item.who, kind, (item.document.symbol,), why))
        if kind == "alert":
            self.people[item.who].sent.append((now, item))

    def release(self, now: datetime) -> None:
        due = [item for item in self.held if item.due <= now]
        self.held = [item for item in self.held if item.due > now]
        for name in dict.fromkeys(item.who for item in due):
            mine = [item for item in due if item.who == name]
            collected = [item for item in mine if not item.pressing]
            if len(collected) > 1:
                self.send_digest([item for item in collected if self.still_wanted(item, now)], now)
                mine = [item for item in mine if item.pressing]
            for item in mine:
                if self.still_wanted(item, now):
                    self.send(item, now)

    def send_digest(self, items: list[Item], now: datetime) -> None:
        if not items:
            return
        one = self.people[items[0].who]
        one.sent += [(now, item) for item in items]
        newest = {item.document.symbol: item for item in sorted(items, key=lambda item: item.number)}
        lines = sorted(newest.values(), key=lambda item: (self.shown_deadline(item.document), item.number))
        about = tuple(item.document.symbol for item in lines[:PAGE])
        self.messages.append(Message(now, items[0].who, "digest", about, count=len(lines)))

    def still_wanted(self, item: Item, now: datetime) -> bool:
        one, family = self.people[item.who], item.document.family
        if not self.reachable(one, family, now) or (item.kind != "withdrawn" and family in self.withdrawn):
            return False
        if item.kind == "closing" and (self.deadline(family) != item.closes or family in one.answered):
            return False
        return one.wishes[item.wish] if item.wish else one.follows(family)

    # --- comments close ---

    def remind(self, now: datetime) -> None:
        """At the desk's hours, so many working days before: whoever was told before that day and has not answered."""
        local = now.astimezone(DESK)
        if not (_is_workday(local.date()) and OPENS <= local.time() < CLOSES):
            return
        for family in sorted({one.family for one in self.documents.values()}):
            closes = self.deadline(family)
            if closes and local.date() <= closes and (turn := _turn(closes, local.date())):
                self.remind_of(family, closes, turn, now)

    def remind_of(self, family: str, closes: date, turn: tuple[int, date], now: datetime) -> None:
        rung, since = turn
        for name, one in self.people.items():
            told = [item for at, item in one.sent if item.document.family == family and at < _midnight(since)]
            if not told or (family, closes, rung) in one.looked:
                continue
            one.looked.add((family, closes, rung))
            newest = max(told, key=lambda item: item.number)
            item = Item(newest.number, name, "closing", newest.document, newest.wish, True, now, closes)
            if self.still_wanted(item, now):
                item.due = self.moment(item, now, _midnight(closes + DAY))
                self.send_or_hold(item, now)


def concerns(wish: Wish, document: Document, whole: Document) -> bool:
    """(product or code or keyword) and market and kind and not negative; an addendum is about what its document is."""
    topic = document.topic
    said = {topic, TOPICS[topic]} if topic else set()
    if wish.markets and not any(document.market in _reach(market) for market in wish.markets):
        return False
    if (wish.kinds and document.agreement.lower() not in wish.kinds) or document.market in wish.not_markets:
        return False
    if said & set(wish.not_words):
        return False
    match wish.by:
        case "market":
            return True
        case "keyword":
            return wish.value in said
        case "ics":
            return wish.value in whole.ics
    return wish.good == whole.good


def _reach(market: str) -> set[str]:
    """A member state gets its own documents and the EU's, not its neighbour's; the EU gets all of them."""
    if market == "EU":
        return UNION
    return BLOCS.get(market) or ({market, "EU"} if market in UNION else {market})


# --- the clock on the wall ------------------------------------------------------------------------


@cache
def next_hour(now: datetime, habits: Habits, frequency: str) -> datetime:
    """The next time after now that the clock shows the hour of the digest; of a repeated hour the first one."""
    zone, at = ZoneInfo(habits.zone), time.fromisoformat(habits.at or "08:00")
    moment = _quarter_after(now)
    while not _shows(moment.astimezone(zone), at, zone) or (
        frequency == "weekly" and moment.astimezone(zone).weekday() != (habits.weekday or 0)
    ):
        moment += QUARTER
    return moment


def _shows(local: datetime, at: time, zone: ZoneInfo) -> bool:
    """The clock shows the hour for the first time on this day, or the one after if this day leaves it out."""
    wanted = datetime.combine(local.date(), at, zone)
    if wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wanted.replace(tzinfo=None):
        return local.replace(tzinfo=None) == wanted.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return local.fold == 0 and local.time() == at


@cache
def after_quiet(moment: datetime, habits: Habits) -> datetime:
    if habits.quiet:
        zone = ZoneInfo(habits.zone)
        while _is_quiet(moment.astimezone(zone).time(), *map(time.fromisoformat, habits.quiet)):
            moment = _quarter_after(moment)
    return moment


def _is_quiet(local: time, start: time, end: time) -> bool:
    return start <= local < end if start < end else local >= start or local < end


def _quarter_after(moment: datetime) -> datetime:
    floor = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    return floor + QUARTER


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), DESK)


def _is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def _turn(closes: date, today: date) -> tuple[int, date] | None:
    """The reminder whose day has come last: so many working days before the close."""
    come = [(rung, day) for rung in RUNGS if (day := _workdays_before(closes, rung)) <= today]
    return come[-1] if come else None


def _workdays_before(day: date, count: int) -> date:
    while count:
        day -= DAY
        count -= _is_workday(day)
    return day
