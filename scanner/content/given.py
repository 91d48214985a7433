"""Parameters that frameworks give rules: proved against the rules, and each different set of them judged apart."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.content.parameters import parameter_of, value_problem
from scanner.documents import Document, Pointer
from scanner.model import Control, Framework, Given, JsonValue, Origin, Rule, RuleId, Setting
from scanner.model.json_values import as_object, as_text

MOST_CHARACTERS = 160
"""How long a rule's parameters may be in its name, where a framework gives them."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def named_with(rule: RuleId, values: Mapping[str, JsonValue]) -> RuleId:
    """What a rule is called that is judged with these values: ``area.name[one=1,other=text]``, without a blank."""
    told = ",".join(f"{name}={_text(values[name])}" for name in sorted(values))
    return RuleId(f"{rule}[{told}]") if told else rule


def _text(value: JsonValue) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace(" ", "\\u0020")


def given_text(given: Given) -> str:
    """The parameters that a control gives a rule, as they are read."""
    return ", ".join(f"{name} = {json.dumps(_plain(value), ensure_ascii=False)}" for name, value in given.values)


def rule_of(asked: JsonValue) -> str:
    """The id of a rule as a control asks for it: by itself, or with parameters."""
    return as_text(asked) if isinstance(asked, str) else as_text(as_object(asked)["rule"])


def given_in(asked: JsonValue) -> Given | None:
    """The parameters that a control gives a rule; None where it gives none."""
    if isinstance(asked, str):
        return None
    members = as_object(asked)
    values = as_object(members["with"])
    return Given(RuleId(as_text(members["rule"])), tuple((name, _frozen(values[name])) for name in sorted(values)))


def _frozen(value: JsonValue) -> JsonValue:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: JsonValue) -> JsonValue:
    """The value as files state it, so that what is judged and what is read back from a bundle are told alike."""
    return list(value) if isinstance(value, tuple) else value


def given_mistakes(document: Document, pointer: Pointer, asked: JsonValue, rules: Mapping[str, Rule]) -> Iterator[str]:
    """What is wrong with the parameters that a control gives a rule which exists."""
    given = given_in(asked)
    rule = None if given is None else rules.get(given.rule)
    if given is None or rule is None:
        return
    place = (*pointer, "with")
    for name, value in given.values:
        parameter, complaint = parameter_of(rules, rule.id, name)
        if parameter is None:
            yield document.problem_at(document.key_mark(place, name), complaint)
        elif problem := value_problem(parameter, value):
            yield document.problem((*place, name), f"{rule.id}.{name} {problem}")
    named = named_with(rule.id, dict(given.values))
    if len(named) > len(rule.id) + MOST_CHARACTERS:
        yield document.problem(place, f"the parameters of {rule.id} are longer than {MOST_CHARACTERS} characters")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged: rules under the names by which controls wait for them, and the settings of each."""

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    settings: tuple[Setting, ...]


def judged_with(
    rules: Sequence[Rule], frameworks: Sequence[Framework], settings: Sequence[Setting], alone: Collection[RuleId]
) -> Judged:
    """The rules once for each different set of parameters that a control gives them.

    What a framework gives a rule holds for its own controls, before any setting of the user's. A rule whose controls
    all give it parameters is judged with the ``settings`` too where it is among ``alone`` or the user set one of them:
    what somebody sets is never left unjudged. Without given parameters nothing changes.
    """
    if not any(control.given for framework in frameworks for control in framework.controls):
        return Judged(tuple(rules), tuple(frameworks), tuple(settings))
    binding = _Binding(rules, settings)
    bound = tuple(
        replace(framework, controls=tuple(map(binding.control, framework.controls))) for framework in frameworks
    )
    kept = {setting.rule for setting in settings if setting.origin in {Origin.FILE, Origin.FLAG}} | set(alone)
    ordered: list[Rule] = []
    in_force: list[Setting] = []
    for rule in rules:
        variants = binding.variants.get(rule.id, {})
        if rule.id in variants or rule.id in kept or not variants:
            variants = {rule.id: {}, **variants}
        for name, values in variants.items():
            ordered.append(replace(rule, id=name))
            in_force += binding.settings(rule.id, name, values)
    by_name = sorted(in_force, key=lambda setting: (setting.rule, setting.name))
    return Judged(tuple(sorted(ordered, key=lambda rule: rule.id)), bound, tuple(by_name))


class _Binding:
    """Gives rules the names under which they are judged, and remembers them by rule."""

    def __init__(self, rules: Iterable[Rule], settings: Iterable[Setting]) -> None:
        self._settings: dict[RuleId, list[Setting]] = {rule.id: [] for rule in rules}
        for setting in settings:
            self._settings.setdefault(setting.rule, []).append(setting)
        self.variants: dict[RuleId, dict[RuleId, Mapping[str, JsonValue]]] = {}

    def control(self, control: Control) -> Control:
        """The control, waiting for the rules under the names by which they are judged for it."""
        given = {item.rule: dict(item.values) for item in control.given}
        rules = tuple(self._named(rule, given.get(rule, {})) for rule in control.rules)
        log_rules = tuple(self._named(rule, given.get(rule, {})) for rule in control.log_rules)
        period_rules = tuple(self._named(rule, given.get(rule, {})) for rule in control.period_rules)
        return replace(control, rules=rules, log_rules=log_rules, period_rules=period_rules)

    def _named(self, rule: RuleId, given: Mapping[str, JsonValue]) -> RuleId:
        in_force = {setting.name: _text(_frozen(setting.value)) for setting in self._settings.get(rule, ())}
        differing = {name: value for name, value in given.items() if in_force.get(name) != _text(value)}
        named = named_with(rule, differing)
        self.variants.setdefault(rule, {})[named] = differing
        return named

    def settings(self, rule: RuleId, name: RuleId, values: Mapping[str, JsonValue]) -> Iterator[Setting]:
        """The settings of a rule under a name, with the given values in place of its own."""
        for setting in self._settings[rule]:
            if setting.name in values:
                yield Setting(name, setting.name, _plain(values[setting.name]), Origin.FRAMEWORK)
            else:
                yield replace(setting, rule=name)
