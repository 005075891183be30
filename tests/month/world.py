"""A month as it could have been: people and what they want, documents as they came, and what people did meanwhile.

Pure and repeatable: the same seed is the same month. What concerns whom is known by construction: every document is
about one of GOODS, in words or by code, and every wish names one of them (or a topic, or a market). Nothing of the
service is imported here.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Good:
    """How it is called, and its codes: no two goods share a chapter."""

    zh: str
    en: str
    heading: str
    sub: str
    ics: str = ""


GOODS = {
    good.en: good
    for good in (
        Good("玩具", "toys", "9503", "950300", "97.200.50"),
        Good("蜡烛", "candles", "3406", "340600"),
        Good("雨伞", "umbrellas", "6601", "660199"),
        Good("牙刷", "toothbrushes", "9603", "960321"),
        Good("葡萄酒", "wine", "2204", "220421"),
        Good("大蒜", "garlic", "0703", "070320"),
        Good("口红", "lipsticks", "3304", "330410"),
        Good("自行车", "bicycles", "8712", "871200", "43.150"),
        Good("蜂蜜", "honey", "0409", "040900"),
        Good("轮胎", "tyres", "4011", "401110"),
        Good("冰箱", "refrigerators", "8418", "841810"),
        Good("茶叶", "tea", "0902", "090210", "67.140.10"),
        Good("头盔", "helmets", "6506", "650610"),
        Good("床垫", "mattresses", "9404", "940421"),
        Good("水泥", "cement", "2523", "252329"),
    )
}
TOPICS = {"cadmium": "镉", "ecodesign": "生态设计", "phthalates": "邻苯二甲酸酯"}
PLACES = {
    "EU": "EU",
    "DE": "DEU",
    "FR": "FRA",
    "US": "USA",
    "JP": "JPN",
    "VN": "VNM",
    "TH": "THA",
    "BR": "BRA",
    "KE": "KEN",
    "UG": "UGA",
}  # fmt: skip  market -> its code in symbols
MARKETS = (
    ("EU",),
    ("US",),
    ("EU", "US"),
    ("DE",),
    ("FR", "US"),
    ("JP",),
    ("ASEAN",),
    ("BR",),
    ("East African Community",),
    ("US", "JP"),
    ("VN",),
    (),
)  # fmt: skip  of a wish: blocs as people write them, none = everywhere
ZONES = (
    *["Asia/Shanghai"] * 6, "Europe/Berlin", "Europe/Berlin", "America/New_York", "America/New_York", "Asia/Kolkata",
    "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut",
)  # fmt: skip
QUIET = (None, None, ("22:00", "07:00"), ("21:30", "08:15"), ("12:00", "13:30"), ("23:45", "01:30"), ("00:30", "02:30"))
HOURS = ("08:00", "07:30", "02:30", "01:15", "00:00", "18:45", "12:15")


@dataclass(frozen=True, slots=True)
class Wish:
    """One interest. `by` says how it names its good: zh, en, hs, ics; or a keyword, or a market alone."""

    by: str
    good: str
    value: str
    markets: tuple[str, ...]
    not_markets: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    frequency: str | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """When a person wants messages."""

    zone: str
    quiet: tuple[str, str] | None
    frequency: str
    at: str | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    language: str
    habits: Habits
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """As one import brings it. `topic`: what its description mentions; `withdraws`: it declares its parent void."""

    symbol: str
    market: str
    good: str
    language: str
    day: date
    deadline: date | None
    type: str = "regular"
    hs: tuple[str, ...] = ()
    ics: tuple[str, ...] = ()
    topic: str | None = None
    withdraws: bool = False
    title: str = ""

    @property
    def family(self) -> str:
        return "/".join(self.symbol.split("/")[:5])

    @property
    def agreement(self) -> str:
        return self.symbol.split("/")[1]

    def line(self) -> dict[str, Any]:
        """The normalised line of an import."""
        name = GOODS[self.good].zh if self.language == "zh" else GOODS[self.good].en
        said = {
            "symbol": self.symbol, "agreement": self.agreement, "members": [self.market], "date": self.day.isoformat(),
            "title": self.title or _title(name, self.language), "hs_codes": list(self.hs), "ics_codes": list(self.ics),
            "comment_deadline": self.deadline.isoformat() if self.deadline else None, "source": "a month",
        }  # fmt: skip
        if self.type == "addendum":
            what = "The notification is null and void." if self.withdraws else "The period for comments has changed."
            return {**said, "type": "addendum", "title": f"{said['title']}; Addendum", "description": what}
        topic = f"Limits and information about {self.topic} are laid down." if self.topic else "Rules are laid down."
        return {**said, "type": self.type, "products": name, "description": topic}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at a minute: an import (what: documents), or a deed of a person."""

    at: datetime
    kind: str
    who: str = ""
    what: Any = None


@dataclass(frozen=True, slots=True)
class World:
    start: datetime
    end: datetime
    people: tuple[Person, ...]
    acts: tuple[Act, ...]


def make(*, seed: int, start: date, days: int, people: int, documents: int) -> World:
    """A month of so many days from midnight UTC of a day."""
    return _Maker(random.Random(seed), datetime(start.year, start.month, start.day, tzinfo=UTC), days).world(
        people, documents
    )


def _title(name: str, language: str) -> str:
    return f"{name}技术法规草案" if language == "zh" else f"Draft regulation on {name}"


@dataclass(slots=True)
class _Maker:
    dice: random.Random
    start: datetime
    days: int
    serial: int = 0
    families: list[Document] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    come: dict[str, datetime] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # families that were taken back

    def world(self, people: int, documents: int) -> World:
        crowd = [self.person(number) for number in range(people)]
        late = people // 20  # these register their wishes in the course of the month
        acts = [*self.imports(documents), *self.deeds(crowd), *self.arrivals(crowd[:late])]
        there = [Person(one.name, one.language, one.habits, ()) for one in crowd[:late]] + crowd[late:]
        acts.sort(key=lambda act: (act.at, act.kind != "import", act.who))
        return World(self.start, self.start + self.days * DAY, tuple(there), tuple(acts))

    # --- people ---

    def person(self, number: int) -> Person:
        wishes = [self.wish()]
        if self.dice.random() < 0.3:
            other = self.wish()
            if other.good and wishes[0].good and other.good != wishes[0].good:
                wishes.append(other)  # so that no document is wanted twice over
        language = self.dice.choice(("zh", "zh", "en"))
        return Person(f"member-{number:04d}", language, self.habits(), tuple(wishes))

    def habits(self) -> Habits:
        frequency = self.dice.choice(("instant", "instant", "daily", "weekly"))
        at = self.dice.choice((None, *HOURS)) if frequency != "instant" else None
        weekday = self.dice.choice((None, 0, 2, 5, 6)) if frequency == "weekly" else None
        return Habits(self.dice.choice(ZONES), self.dice.choice(QUIET), frequency, at, weekday)

    def wish(self) -> Wish:
        dice, markets = self.dice, self.dice.choice(MARKETS)
        chance = dice.random()
        if chance < 0.04:
            return Wish("market", "", "", (dice.choice(("KE", "TH", "BR")),))
        if chance < 0.1:
            topic = dice.choice(sorted(TOPICS))
            return Wish("keyword", "", dice.choice((topic, TOPICS[topic])), markets or ("EU",))
        good = GOODS[dice.choice(sorted(GOODS))]
        by = dice.choice(("zh", "zh", "en", "en", "hs", "hs", "ics" if good.ics else "hs"))
        value = {
            "zh": good.zh, "en": good.en, "ics": good.ics,
            "hs": dice.choice((good.heading, good.sub, good.heading[:2])),
        }[by]  # fmt: skip
        return Wish(
            by, good.en, value, markets,
            not_markets=("FR",) if dice.random() < 0.04 and markets in ((), ("EU",)) else (),
            not_words=(dice.choice(sorted(TOPICS)),) if dice.random() < 0.05 else (),
            kinds=(dice.choice(("tbt", "sps")),) if dice.random() < 0.1 else (),
            frequency=dice.choice((None, None, None, "instant", "daily", "weekly")),
        )  # fmt: skip

    # --- documents ---

    def imports(self, documents: int) -> Iterator[Act]:
        """Every day one to three files; some bring what was brought before, or a record that was changed meanwhile."""
        per_day = [documents * (day + 1) // self.days - documents * day // self.days for day in range(self.days)]
        before: list[Document] = []
        for day, count in enumerate(per_day):
            today = (self.start + day * DAY).date()
            for minute in sorted(self.dice.sample(range(10, 15 * 60), self.dice.choice((1, 2, 3)))):
                brought = [self.document(today) for _ in range(max(1, count // 3))]
                brought += [part for _ in range(count // 4) if (part := self.part(today, brought))]
                again = [self.now_is(one) for one in before] if self.dice.random() < 0.3 else []
                changed = [one] if self.dice.random() < 0.4 and (one := self.changed((*brought, *again), today)) else []
                before = brought
                yield Act(
                    self.start + day * DAY + timedelta(minutes=minute), "import", what=(*brought, *changed, *again)
                )

    def now_is(self, document: Document) -> Document:
        """The document as it was brought last."""
        return next((one for one in self.families if one.symbol == document.symbol), document)

    def document(self, today: date) -> Document:
        self.serial += 1
        dice, good = self.dice, GOODS[self.dice.choice(sorted(GOODS))]
        market = dice.choice(("EU", "EU", "US", "US", *sorted(PLACES)))
        agreement = dice.choice(("TBT", "TBT", "SPS"))
        day, deadline = self.days_of(today)
        made = Document(
            f"G/{agreement}/N/{PLACES[market]}/{5000 + self.serial}", market, good.en, dice.choice(("zh", "en", "en")),
            day, deadline, "emergency" if agreement == "SPS" and dice.random() < 0.1 else "regular",
            hs=((), (good.heading,), (good.sub,))[dice.randrange(3)],
            ics=(good.ics,) if good.ics and dice.random() < 0.5 else (),
            topic=dice.choice((None, None, None, *sorted(TOPICS))),
        )  # fmt: skip
        self.families.append(made)
        self.come[made.symbol] = datetime(today.year, today.month, today.day, tzinfo=UTC)
        return made

    def days_of(self, today: date) -> tuple[date, date | None]:
        """Distributed and open until: usually 60 days, sometimes soon, closed already, never said, or long ago."""
        chance = self.dice.random()
        if chance < 0.45:
            return today - 2 * DAY, today + 60 * DAY
        if chance < 0.75:
            return today - DAY, today + self.dice.randrange(12, 34) * DAY
        if chance < 0.82:
            return today - 3 * DAY, today + self.dice.randrange(1, 8) * DAY
        if chance < 0.88:
            return today - 5 * DAY, None
        if chance < 0.94:
            return today - 9 * DAY, today - 3 * DAY
        return today - 40 * DAY, today - self.dice.randrange(2, 20) * DAY

    def part(self, today: date, brought: list[Document]) -> Document | None:
        """An addendum to something of the days before: it moves the date, says something else, or takes it back."""
        known = [one for one in self.families if one not in brought and one.family not in self.gone]
        if not known:
            return None
        whole = self.dice.choice(known)
        self.parts[whole.symbol] = number = self.parts.get(whole.symbol, 0) + 1
        chance, symbol = self.dice.random(), f"{whole.symbol}/ADD.{number}"
        if chance < 0.25:
            self.gone.add(whole.family)
            return self.added(whole, symbol, today, None, withdraws=True)
        moved = today + self.dice.choice((4, 12, 21, 45)) * DAY if chance < 0.75 else None
        return self.added(whole, symbol, today, moved)

    @staticmethod
    def added(whole: Document, symbol: str, today: date, moved: date | None, *, withdraws: bool = False) -> Document:
        return Document(
            symbol, whole.market, whole.good, whole.language, today, moved, "addendum", withdraws=withdraws,
            title=_title("goods of this kind", "en"),
        )  # fmt: skip

    def changed(self, others: tuple[Document, ...], today: date) -> Document | None:
        """A record that comes again with another deadline, or with another title only."""
        busy = {one.family for one in others}
        known = [one for one in self.families if one.symbol not in self.parts and one.family not in busy]
        if not known:
            return None
        old = self.dice.choice(known)
        self.families.remove(old)
        if self.dice.random() < 0.5:
            new = replace(old, deadline=today + self.dice.choice((5, 16, 40)) * DAY)
        else:
            new = replace(old, title=f"{_title(GOODS[old.good].en, 'en')}, corrected")
        self.families.append(new)
        return new

    # --- what people do ---

    def deeds(self, crowd: list[Person]) -> Iterator[Act]:
        """Some end a wish, pause, change their hours or move; some answer, or say "not mine"; a few leave."""
        for one in crowd[len(crowd) // 20 :]:
            chance = self.dice.random()
            if chance < 0.06:
                yield Act(self.moment(), "unsubscribe", one.name, 0)
            elif chance < 0.14:
                begun = self.moment()
                yield Act(begun, "pause", one.name, begun + self.dice.choice((2, 5, 12)) * DAY)
            elif chance < 0.22:
                yield Act(self.moment(), "choose", one.name, self.habits())
            elif chance < 0.24:
                yield Act(self.moment(), "leave", one.name)
            elif chance < 0.26:
                yield Act(self.moment(), "block", one.name)
            elif chance < 0.6:
                yield from self.sayings(one)

    def sayings(self, one: Person) -> Iterator[Act]:
        """About documents of their good, whether they have got them or not."""
        mine = [whole for whole in self.families if whole.good in {wish.good for wish in one.wishes}]
        for whole in self.dice.sample(mine, min(len(mine), 4)):
            kind = self.dice.choice(("answer", "answer", "not mine"))
            yield Act(self.after(whole), kind, one.name, whole.symbol)

    def after(self, whole: Document) -> datetime:
        """A moment when the document has been there for a day."""
        come, end = self.come[whole.symbol] + DAY, self.start + self.days * DAY
        return min(come + timedelta(minutes=self.dice.randrange(14 * 1440)), end - timedelta(minutes=1))

    def arrivals(self, late: list[Person]) -> Iterator[Act]:
        for one in late:
            yield Act(self.moment(), "register", one.name, one.wishes)

    def moment(self) -> datetime:
        return self.start + timedelta(minutes=self.dice.randrange(60, self.days * 1440 - 60))
