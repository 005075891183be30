"""Understand one message: payloads, short forms, entities, the classifier, and what a running form makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nlu import (
    commands,
    declared,
    followup,
    language,
    payloads,
    places,
    recalls,
    refining,
    short_forms,
    situations,
    studies,
    tasks,
    training_data,
    zones,
)
from nlu.classifier import OUTSIDE, Classifier, IntentScore
from nlu.company_names import find_names
from nlu.entities import Entity, extract
from nlu.features import masked
from nlu.normalize import Folded, fold
from nlu.semantic.encoder import Encoder
from nlu.semantic.opinion import Opinion

FALLBACK = "nlu_fallback"
LONGEST = 2000  # characters that are looked at; the rest of a pasted document changes no intent
RANKED = 10
_BROKEN = re.compile("[\x00\ud800-\udfff]")
# What may stand around the names in a message that only names things: "HS 9503、欧盟的通报"
_FILLER = re.compile(
    r"[\s.,;:!?。、/+&()\"'-]|的|和|与|及|还有|关于|有关|通报|产品|税号|编码|hs(?:\s*codes?)?|\b(?:and|or|in|the|"
    r"for|on|notifications?|products?)\b"
)
# Nobody but us is told so: whatever goods come after it, the sentence is about our world.
_TOLD_US = {
    "unsubscribe": re.compile(
        r"^\W*(?:请|帮我|麻烦|我想|我要)*(?:取消(?:关注|订阅)|退订)|"
        r"^\W*(?:please |pls )?(?:unsubscribe|unfollow)(?![a-z])"
    ),
    "contact_expert": re.compile(
        r"转(?:接)?(?:到)?人工|人工客服|找个?真人|"
        r"(?<![a-z])(?:talk|speak|chat|transfer me) (?:to|with) (?:a |an |some)?"
        r"(?:real |live )?(?:person|human|agent|one of your|body on your staff)(?![a-z])"
    ),
}
# Words that only our world has: what is said of a strange thing with them ("火星的通报") is a task or unclear, no chat.
_OUR_WORD = re.compile(r"通报|评议|技贸|技术性贸易|(?<![a-z])(?:tbt|sps|wto)(?![a-z])")
# A bare symbol or code is no answer to a question of a form, but for the one "which notification?".
_OWN_TASKS = frozenset({"show_notification", "link_account"})
_GOODS = frozenset({"product", "hs_code"})
_OF_PLACES = frozenset({"subscribe", "search_notifications"})  # their actions say that a place is not known
_NAMES = frozenset({"hs_code", "product", "market", "notification_type"})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when a message arrives: aware `now`, language so far, running form, the slot it has asked for.

    `topic` is what the last turns were about (nlu.followup).
    """

    now: datetime
    language: str | None = None
    form: str | None = None
    requested_slot: str | None = None
    topic: str | None = None


def _about_ours(known: Folded, entities: Sequence[Entity], context: Context) -> str | None:
    """Whole messages about where the reader is, and when no form runs about what is followed or was sent."""
    inside = context.form is not None
    free, asked = situations.is_free(context.requested_slot), context.topic == zones.TOPIC
    if not free and zones.read(known.text, in_form=inside, asked=asked):
        return zones.INTENT
    if inside:
        return None
    if refining.asks_why(known.text):
        return "show_again"
    if recalls.read(known.text):
        return recalls.INTENT
    listed = context.topic == followup.SEARCH
    return refining.INTENT if refining.read(known.text, [one.to_rasa() for one in entities], listed=listed) else None


@dataclass(frozen=True, slots=True)
class Parse:
    """What a message means. `text` is the message with characters that no database takes replaced, same offsets."""

    text: str
    intent: IntentScore
    ranking: tuple[IntentScore, ...]
    entities: tuple[Entity, ...]
    language: str

    def to_rasa(self) -> dict[str, object]:
        """Rasa's parse data, with the language besides."""
        return {
            "text": self.text,
            "intent": {"name": self.intent.name, "confidence": self.intent.confidence},
            "entities": [entity.to_rasa() for entity in self.entities],
            "intent_ranking": [{"name": score.name, "confidence": score.confidence} for score in self.ranking],
            "language": self.language,
        }


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A loaded model and the names that buttons may use."""

    classifier: Classifier
    intents: frozenset[str]
    entities: frozenset[str]
    second: Opinion | None = None  # on English

    @classmethod
    def load(cls, model_dir: Path, encoder: Encoder | None = None) -> Interpreter:
        """Read the model that nlu.train wrote (with this encoder). Raises FileNotFoundError when there is none."""
        second = Opinion.load(model_dir, encoder) if encoder else None
        interpreter = cls.of(Classifier.load(model_dir), second)
        interpreter._warm()
        return interpreter

    @classmethod
    def of(cls, classifier: Classifier, second: Opinion | None = None) -> Interpreter:
        """An interpreter with this classifier and the names of the domain."""
        intents = declared.intents() | training_data.INTENTS | {*classifier.intents, FALLBACK}
        return cls(classifier, intents, declared.entities() | training_data.ENTITIES, second)

    def _warm(self) -> None:
        """Build the word tables now: the first message should not wait for them."""
        for text in ("玩具 toys 9503", "hair dryers"):
            self.parse(text, Context(now=datetime(2026, 1, 1, tzinfo=UTC)))

    def parse(self, text: str, context: Context) -> Parse:
        """Understand a message. Never raises for any text; a text of 1 MB costs little more than a short one."""
        clean = _BROKEN.sub(" ", text) if _BROKEN.search(text) else text
        if studies.delivered(clean):  # its text may be about anything
            score = IntentScore(studies.INTENT, 1.0)
            return Parse(clean, score, (score,), (), language.detect(clean, default=context.language or "zh"))
        if not situations.is_free(context.requested_slot) and (named := commands.intent_of(clean)):
            score = IntentScore(named, 1.0)
            return Parse(clean, score, (score,), (), language.detect(clean, default=context.language or "zh"))
        payload = payloads.read(clean, intents=self.intents, entities=self.entities)
        if payload:
            score = IntentScore(payload.intent, payload.confidence)
            return Parse(clean, score, (score,), payload.entities, context.language or "zh")
        return self._parse_sentence(clean, context)

    def _parse_sentence(self, text: str, context: Context) -> Parse:
        looked_at = text[:LONGEST]
        known = fold(looked_at)
        spoken = language.detect(looked_at, default=context.language or "zh")
        if not known.text.strip():
            score = IntentScore(FALLBACK, 1.0)
            return Parse(text, score, (score,), (), spoken)
        entities = extract(looked_at, now=context.now, folded=known, asked=context.requested_slot)
        ranking = self.classifier.classify_masked(masked(known, entities, find_names(looked_at)))
        if self.second and spoken == "en":
            ranking = self.second.join(ranking, looked_at)
        intent = self._intent(ranking, known, entities, context)
        if intent.name in (OUTSIDE, FALLBACK) and not context.form:
            intent = self._with_places(known, entities, find_names(looked_at)) or intent
        return Parse(text, intent, _led_by(intent, ranking)[:RANKED], tuple(entities), spoken)

    def _with_places(
        self, known: Folded, entities: list[Entity], companies: Sequence[tuple[int, int]]
    ) -> IntentScore | None:
        """What a message about our goods means when the place that nobody knows ("toys to Mars") counts as a market."""
        if not any(one.entity in _GOODS for one in entities):
            return None
        spans = places.unknown(known, [(one.start, one.end) for one in entities])
        stands_for = [Entity("market", start, end, "", "") for start, end in spans]
        if not stands_for:
            return None
        best = self.classifier.classify_masked(masked(known, [*entities, *stands_for], companies))[0]
        return best if best.name in _OF_PLACES and best.confidence >= self.classifier.thresholds.confidence else None

    def _intent(
        self, ranking: list[IntentScore], known: Folded, entities: list[Entity], context: Context
    ) -> IntentScore:
        short = short_forms.intent_of(known.text, slot=context.requested_slot)
        named = None if short else self._names_only(known, entities)
        own = _about_ours(known, entities, context)
        if own and (own == zones.INTENT or not context.form):
            return IntentScore(own, 1.0)
        if context.form and context.requested_slot:
            if named in _OWN_TASKS and not (named == "show_notification" and context.requested_slot == "notification"):
                return IntentScore(named, 1.0)
            form, slot = context.form, context.requested_slot
            settled = situations.settle(ranking, known.text, entities, form=form, slot=slot, short=short)
            if settled:
                return settled
        elif going_on := followup.intent_of(known, entities, context.topic):
            return IntentScore(going_on, 1.0)
        elif named:
            return IntentScore(named, 1.0)
        if short:
            return IntentScore(short, 1.0)
        if not any(map(str.isalnum, known.text)):
            return IntentScore(FALLBACK, 1.0)
        return self._if_named(self._or_fallback(ranking, known), _without_goods(known, entities))

    def _names_only(self, known: Folded, entities: list[Entity]) -> str | None:
        """The intent of a message that only names things: a symbol is shown, products and markets are searched for."""
        rest = list(known.text)
        for entity in entities:
            start, end = known.inside(entity.start, entity.end)
            rest[start:end] = " " * (end - start)
        left = _FILLER.sub("", "".join(rest))
        kinds = {entity.entity for entity in entities}
        if left.strip("0123456789号第#"):
            return None
        if "symbol" in kinds:
            return "show_notification"
        if kinds & _NAMES and not left:
            return "search_notifications"
        return "link_account" if kinds == {"code"} else FALLBACK

    def _if_named(self, intent: IntentScore, folded: str) -> IntentScore:
        """A task whose own words or objects are not there is not begun."""
        if tasks.is_named(intent.name, folded):
            return intent
        return IntentScore(OUTSIDE if tasks.is_elsewhere(folded) else FALLBACK, self.classifier.thresholds.confidence)

    def _or_fallback(self, ranking: list[IntentScore], known: Folded) -> IntentScore:
        limits = self.classifier.thresholds
        first, second = ranking[0], ranking[1]
        doubtful = first.confidence < limits.confidence or first.confidence - second.confidence < limits.margin
        if (doubtful or first.name == OUTSIDE) and (told := _told(known.text)):
            return IntentScore(told, limits.confidence)
        if first.name == OUTSIDE and _OUR_WORD.search(known.text):
            first, second = _without_outside(ranking)
            doubtful = first.confidence < limits.confidence or first.confidence - second.confidence < limits.margin
        return IntentScore(FALLBACK, limits.confidence) if doubtful else first


def _without_goods(known: Folded, entities: Sequence[Entity]) -> str:
    """The text without its products: gym equipment is goods, a gym is not."""
    rest = list(known.text)
    for entity in entities:
        if entity.entity == "product":
            start, end = known.inside(entity.start, entity.end)
            rest[start:end] = " " * (end - start)
    return "".join(rest)


def _told(folded: str) -> str | None:
    """The task that is ordered of us in so many words, whatever else the sentence speaks of."""
    return next((intent for intent, words in _TOLD_US.items() if words.search(folded)), None)


def _without_outside(ranking: list[IntentScore]) -> list[IntentScore]:
    """The ranking as it would be if nothing were out of scope."""
    rest = [score for score in ranking if score.name != OUTSIDE]
    whole = sum(score.confidence for score in rest) or 1.0
    return [IntentScore(score.name, score.confidence / whole) for score in rest[:2]]


def _led_by(intent: IntentScore, ranking: list[IntentScore]) -> tuple[IntentScore, ...]:
    """The ranking with the chosen intent in front, as Rasa's clients expect it."""
    return (intent, *(score for score in ranking if score.name != intent.name))
