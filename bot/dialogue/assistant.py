"""A Rasa project as this engine runs it: domain, rules, and what config.yml says of the rule policy and fallback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.domain import Domain
from bot.dialogue.domain_reader import read_domain
from bot.dialogue.events import DEFAULT_FALLBACK
from bot.dialogue.problems import Map, ProjectError, Report, read
from bot.dialogue.rules import Rules
from bot.dialogue.rules_reader import read_rules

__all__ = ["Assistant", "Policy", "ProjectError", "load_domain"]

_POLICY_KEYS = (
    "name",
    "priority",
    "core_fallback_threshold",
    "core_fallback_action_name",
    "enable_fallback_prediction",
    "restrict_rules",
    "check_for_contradictions",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens when no rule fits (`threshold` is only the confidence written into the event)."""

    threshold: float = 0.3
    action: str = DEFAULT_FALLBACK
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Assistant:
    """The whole project, checked. `Assistant.load` raises ProjectError with every problem found."""

    domain: Domain
    rules: Rules
    policy: Policy

    @classmethod
    def load(cls, *, config: Path, domain: Path, rules: Path) -> Assistant:
        """`domain` and `rules`: a file or a folder each."""
        report = Report()
        found = read_domain(domain, report)
        assistant = cls(found, read_rules(rules, found, report), _read_config(config, found, report))
        report.raise_if_any()
        return assistant


def load_domain(path: Path) -> Domain:
    """The domain alone, for what only reads trackers. Raises ProjectError."""
    report = Report()
    domain = read_domain(path, report)
    report.raise_if_any()
    return domain


def _read_config(path: Path, domain: Domain, report: Report) -> Policy:
    """Keys of config.yml that are not about the dialogue belong to others and are left alone."""
    config = read(path, report)
    if config.get("recipe", "default.v1") != "default.v1":
        report.add(config.at("recipe"), f"recipe {config['recipe']!r} is not supported")
    policies = report.sequence(config.at("policies"), config.get("policies"), "policies")
    if not policies:
        report.add(config.at("policies"), "policies: RulePolicy is missing")
    rule_policy = report.mapping(config.place, None, "policy")
    for place, item in policies.located():
        rule_policy = report.mapping(place, item, "policy")
        _check_policy(rule_policy, domain, report)
    return Policy(
        threshold=report.number(rule_policy, "core_fallback_threshold", 0.3),
        action=str(rule_policy.get("core_fallback_action_name", DEFAULT_FALLBACK)),
        enabled=rule_policy.get("enable_fallback_prediction", True) is not False,
    )


def _check_policy(policy: Map, domain: Domain, report: Report) -> None:
    if policy.get("name") != "RulePolicy":
        report.add(policy.at("name"), f"policy {policy.get('name')!r} is not supported, only RulePolicy is")
        return
    report.unknown_keys(policy, _POLICY_KEYS, "RulePolicy")
    action = policy.get("core_fallback_action_name", DEFAULT_FALLBACK)
    if action not in domain.action_names:
        report.add(policy.at("core_fallback_action_name"), f"action {action!r} is not in the domain")
