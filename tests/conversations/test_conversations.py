"""Every transcript is played against the whole service: understanding, dialogue, actions, database, texts."""

import re

import pytest

from tests.conversations.transcript import HERE, Play, Story, problems, stories
from tests.service import Service

ALL = list(stories())


@pytest.mark.parametrize(("language", "story"), [(a, c) for a, _, c in ALL], ids=[name for _, name, _ in ALL])
def test_conversation(language: str, story: Story, service: Service) -> None:
    Play(service, language).run(story)


def test_no_transcript_expects_what_nobody_checks() -> None:
    assert {name: found for _, name, story in ALL if (found := problems(story))} == {}


def test_each_file_has_its_twin_in_the_other_language() -> None:
    zh, en = ({path.name for path in (HERE / language).glob("*.yml")} for language in ("zh", "en"))
    assert zh == en


def test_no_two_transcripts_have_the_same_name() -> None:
    names = [re.sub(r"\s+", " ", name) for _, name, _ in ALL]
    assert len(names) == len(set(names))
