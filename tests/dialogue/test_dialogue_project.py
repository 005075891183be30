"""What a project may not contain is named with file and line, all of it at once."""

from pathlib import Path
from textwrap import dedent

import pytest

from bot.dialogue.assistant import Assistant, ProjectError, load_domain
from bot.dialogue.domain import Slot, SlotType
from tests.dialogue.desk import BOTS, assistant

CONFIG = "recipe: default.v1\npolicies: [{name: RulePolicy}]\n"
DOMAIN = "intents: [a, b]\nentities: [e]\nactions: [action_x]\n"


def problems(folder: Path, *, config: str = CONFIG, domain: str = DOMAIN, rules: str = "rules: []\n") -> list[str]:
    for name, content in (("config", config), ("domain", domain), ("rules", rules)):
        (folder / f"{name}.yml").write_text(dedent(content), encoding="utf-8")
    try:
        Assistant.load(config=folder / "config.yml", domain=folder / "domain.yml", rules=folder / "rules.yml")
    except ProjectError as error:
        return [line.removeprefix(f"{folder}/") for line in error.problems]
    return []


def test_config_of_other_programs_is_left_alone() -> None:
    policy = assistant("library").policy
    assert policy.threshold == 0.35


def test_an_empty_project_runs(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


def test_problems_of_all_files_come_together(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        config="recipe: graph.v1\npolicies:\n- name: MemoizationPolicy\n- name: RulePolicy\n  max_history: 3\n",
        domain="intents: [a]\nflows: {}\n",
        rules="stories: []\nrules:\n- rule: r\n  steps:\n  - intent: c\n  - action: action_y\n",
    )
    assert found == [
        "config.yml:1: recipe 'graph.v1' is not supported",
        "config.yml:3: policy 'MemoizationPolicy' is not supported, only RulePolicy is",
        "config.yml:5: RulePolicy: key 'max_history' is not supported",
        "domain.yml:2: domain: key 'flows' is not supported",
        "rules.yml:1: rules: key 'stories' is not supported",
        "rules.yml:5: rule 'r': intent 'c' is not in the domain",
        "rules.yml:6: rule 'r': action 'action_y' is not in the domain",
    ]


@pytest.mark.parametrize(
    ("slot", "problem"),
    [
        ("type: float\n  mappings: []\n  max_value: high", "4: max_value: 'high' is not a number"),
        ("type: money\n  mappings: []", "2: slot s: type 'money' is not supported"),
        ("type: text", "1: slot s has no mappings"),
        ("type: text\n  auto_fill: true\n  mappings: []", "3: slot s: key 'auto_fill' is not supported"),
        ("type: text\n  mappings:\n  - {type: from_mind}", "4: slot s: mapping type 'from_mind' is not supported"),
        ("type: text\n  mappings:\n  - {type: from_entity}", "4: slot s: a from_entity mapping needs 'entity'"),
        (
            "type: text\n  mappings:\n  - {type: from_entity, entity: e, role: to}",
            "4: slot s: mapping: key 'role' is not supported",
        ),
        ("type: text\n  mappings:\n  - {type: from_entity, entity: f}", "1: slot s: entity 'f' is not in the domain"),
        ("type: text\n  mappings:\n  - {type: from_text, intent: c}", "1: slot s: intent 'c' is not in the domain"),
        ("type: any\n  mappings:\n  - {type: custom, action: no}", "1: slot s: action 'no' is not in the domain"),
        (
            "type: text\n  mappings:\n  - {type: from_text, conditions: [{active_loop: f}]}",
            "1: slot s: form 'f' is not in the domain",
        ),
        (
            "type: text\n  mappings:\n  - type: from_text\n    conditions:\n    - {requested_slot: s}",
            "6: slot s: a condition needs 'active_loop'",
        ),
    ],
)
def test_slots(tmp_path: Path, slot: str, problem: str) -> None:
    domain = f"{DOMAIN}slots:\n s:\n  {slot}\n"
    line, _, what = problem.partition(":")
    assert f"domain.yml:{int(line) + 4}:{what}" in problems(tmp_path, domain=domain)


@pytest.mark.parametrize(
    ("domain", "problem"),
    [
        ("forms: {f: {required_slots: [x]}}", "domain.yml:4: form f: slot 'x' is not in the domain"),
        ("forms: {f: {required: []}}", "domain.yml:4: form f: key 'required' is not supported"),
        ("responses: {utter_a: []}", "domain.yml:4: response utter_a has no variation"),
        ("responses: {say_a: [{text: a}]}", "domain.yml:4: response say_a: the name must begin with 'utter_'"),
        ("responses: {utter_a: [{channel: web}]}", "domain.yml:4: response utter_a says nothing"),
        (
            "responses: {utter_a: [{text: '{x'}]}",
            "domain.yml:4: response utter_a: a brace is not closed or not doubled in '{x'",
        ),
        (
            "responses: {utter_a: [{text: a, condition: [{type: context}]}]}",
            "domain.yml:4: response utter_a: a condition is {type: slot, name: ..., value: ...}",
        ),
        ("responses: {utter_a: [{text: a, translation: b}]}", "response utter_a: key 'translation' is not supported"),
        ("e2e_actions: [Hi]", "domain.yml:4: domain: key 'e2e_actions' is not supported"),
        ("session_config: {session_expiration_time: soon}", "session_expiration_time: 'soon' is not a number"),
        ("slots: [s]", "domain.yml:4: slots must be a mapping"),
        ("forms: {f: {}, f: {}}", "domain.yml:4: 'f' is given twice"),
        ("forms: {", "domain.yml:5: "),
    ],
)
def test_the_rest_of_the_domain(tmp_path: Path, domain: str, problem: str) -> None:
    assert any(problem in found for found in problems(tmp_path, domain=f"{DOMAIN}{domain}\n"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("intents: [faq/hours]", "1: 'faq/hours' is not the name of an intent (retrieval intents are not supported)"),
        ("entities: [{city: {roles: [to]}}]", "1: entity city: key 'roles' is not supported"),
        ("actions: [utter_none]", "1: action utter_none: there is no such response"),
    ],
)
def test_names(tmp_path: Path, line: str, problem: str) -> None:
    assert problems(tmp_path, domain=line) == [f"domain.yml:{problem}"]


RULE = "rules:\n- rule: r\n  steps:\n"


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (RULE + "  - intent: a\n  - checkpoint: c", "5: rule 'r': step 'checkpoint' is not supported (checkpoints)"),
        (RULE + "  - user: hello\n    intent: a", "4: rule 'r': step 'user' is not supported (end-to-end)"),
        (RULE + "  - bot: hello", "4: rule 'r': step 'bot' is not supported (end-to-end)"),
        (RULE + "  - ...", "4: rule 'r': '...' is not a step"),
        (
            RULE + "  - intent: a\n  - action: action_x\n  - intent: b",
            "3: rule 'r': more than one user message (that is a story, and stories are not supported)",
        ),
        (
            RULE + "  - intent: a\n    entities: [{e: x, role: to}]",
            "5: rule 'r': roles and groups of entities are not supported",
        ),
        (RULE + "  - intent: a\n    entities: [f]", "5: rule 'r': entity 'f' is not in the domain"),
        (RULE + "  - intent: a\n  - active_loop: f", "5: rule 'r': form 'f' is not in the domain"),
        (RULE + "  - intent: a\n  - slot_was_set: [{s: 1}]", "5: rule 'r': slot 's' is not in the domain"),
        ("rules:\n- rule: r\n  steps: []", "2: rule 'r': has no steps"),
        ("rules:\n- rule: r\n  when: 3\n  steps: [{intent: a}]", "3: rule 'r': key 'when' is not supported"),
        (
            "rules:\n- rule: r\n  condition:\n  - intent: a\n  steps: [{intent: a}]",
            "4: rule 'r': a condition is a slot or a loop, not 'intent'",
        ),
    ],
)
def test_rules(tmp_path: Path, rules: str, problem: str) -> None:
    assert f"rules.yml:{problem}" in problems(tmp_path, rules=rules)


def test_a_condition_without_effect(tmp_path: Path) -> None:
    domain = DOMAIN + "slots: {s: {type: bool, influence_conversation: false, mappings: []}}\n"
    rules = "rules:\n- rule: r\n  condition: [{slot_was_set: [{s: true}]}]\n  steps: [{intent: a}]\n"
    [problem] = problems(tmp_path, domain=domain, rules=rules)
    assert problem.endswith("slot 's' does not influence the conversation: the condition has no effect")


def test_rules_that_contradict_each_other(tmp_path: Path) -> None:
    rules = "rules:\n- rule: r\n  steps: [{intent: a}, {action: action_x}]\n- rule: q\n  steps: [{intent: a}]\n"
    [problem] = problems(tmp_path, rules=rules)
    assert problem.startswith("rules.yml:4: rule 'q': wants 'action_listen' where the rule at ")
    assert problem.endswith("rules.yml:2 wants 'action_x'")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"nowhere\.yml:1: cannot be read"):
        load_domain(tmp_path / "nowhere.yml")


def test_a_folder_is_merged_and_a_name_in_two_files_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text("intents: [a]\nresponses: {utter_a: [{text: a}]}\n", encoding="utf-8")
    (tmp_path / "two.yml").write_text("intents: [b]\nresponses: {utter_a: [{text: b}]}\n", encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_domain(tmp_path)
    assert caught.value.problems == [
        f"{tmp_path}/two.yml:2: 'utter_a' is defined twice, also at {tmp_path}/one.yml:2",
    ]
    assert str(caught.value) == caught.value.problems[0]


def test_scalars_are_those_of_yaml_1_2() -> None:
    domain = load_domain(BOTS / "library" / "domain")
    assert {"yes", "no"} <= domain.intents
    assert domain.slots["agreed"].mappings[0].value is True


@pytest.mark.parametrize(
    ("slot", "same", "other"),
    [
        (Slot("s", SlotType.TEXT), ("a", "b"), ("a", None)),
        (Slot("s", SlotType.BOOL), (True, "true"), (True, False)),
        (Slot("s", SlotType.BOOL), ("maybe", None), (1, 0)),
        (Slot("s", SlotType.FLOAT, low=0, high=10), (10, 99), (5, 6)),
        (Slot("s", SlotType.FLOAT), ("many", None), (0.2, 0.3)),
        (Slot("s", SlotType.LIST), ([], None), (["a"], [])),
        (Slot("s", SlotType.CATEGORICAL, values=("red", "blue")), ("Red", "red"), ("red", "blue")),
        (Slot("s", SlotType.CATEGORICAL, values=("red", "blue")), ("pink", "grey"), ("pink", "red")),
        (Slot("s", SlotType.ANY), (1, 2), None),
        (Slot("s", SlotType.TEXT, influences=False), ("a", None), None),
    ],
)
def test_what_rules_see_of_a_slot(slot: Slot, same: tuple[object, object], other: tuple[object, object] | None) -> None:
    assert slot.feature(same[0]) == slot.feature(same[1])
    if other:
        assert slot.feature(other[0]) != slot.feature(other[1])
