"""What a term of the glossary means."""

from actions.entries import next_steps, show, sources, thumbs, topic
from actions.turn import Turn
from knowledge.glossary import Term


def show_term(now: Turn, term: Term) -> None:
    other = term.title["en" if now.language == "zh" else "zh"]
    short = now.said("library.abbreviation", text=term.abbreviation) if term.abbreviation else ""
    known = now.services.advice.library.articles
    near = [topic(now, known[key]) for key in term.related[:2] if key in known]
    head = now.said("library.term_head", term=term.title[now.language], other=other, short=short)
    lines = [head, term.definition[now.language], *sources(now, term.sources)]
    if term.next_check and term.next_check < now.today:
        lines.append(now.said("answer.stale", date=term.next_check.isoformat()))
    show(now, lines, [*near, *next_steps(now), *thumbs(now, f"term:{term.id}")])
