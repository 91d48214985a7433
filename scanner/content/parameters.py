"""Parameter values of rules: checked against their types and bounds, with where each came from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scanner.documents import read_document
from scanner.errors import ContentError, UsageError
from scanner.model import JsonValue, Origin, Parameter, Rule, RuleId, Setting, plain_id
from scanner.model.json_values import as_object, as_text, as_texts
from scanner.wording import NO_RULE, about_own_rules, did_you_mean, shown

ORIGINS: tuple[str, ...] = tuple(Origin)

_STATED: Mapping[bool, tuple[Origin, ...]] = {
    False: (Origin.DEFAULT, Origin.FILE, Origin.FLAG),
    True: tuple(Origin),
}
"""The origins that a setting may have: of a rule by itself, and of one that a framework gives parameters."""


def value_problem(parameter: Parameter, value: JsonValue) -> str:
    """What is wrong with a value of a parameter, as the end of a sentence ("" when it is right)."""
    if not _has_type(parameter.type, value):
        return f"must be {_TYPES[parameter.type]}, not {shown(value)}"
    if isinstance(value, int):
        return _out_of_bounds(parameter, value)
    texts = (value,) if isinstance(value, str) else as_texts(value)
    wrong = [text for text in texts if text not in parameter.choices] if parameter.choices else []
    if wrong:
        listed = ", ".join(map(shown, parameter.choices))
        return f"must be one of {listed}, not {shown(wrong[0])}.{did_you_mean(wrong[0], parameter.choices)}"
    return ""


def _out_of_bounds(parameter: Parameter, value: int) -> str:
    if parameter.minimum is not None and value < parameter.minimum:
        return f"must be at least {parameter.minimum}, not {value}"
    if parameter.maximum is not None and value > parameter.maximum:
        return f"must be at most {parameter.maximum}, not {value}"
    return ""


def resolve_parameters(
    rules: Sequence[Rule], flags: Sequence[str] = (), file: Path | None = None
) -> tuple[Setting, ...]:
    """Every parameter of every rule with the value in force: a flag wins over the file, the file over the default.

    ``flags`` are ``rule.parameter=value`` texts (lists separated by commas); ``file`` is a YAML or JSON mapping of
    rule id to a mapping of parameter to value. Sorted by rule and name. Raises UsageError or ContentError.
    """
    by_id: dict[str, Rule] = {rule.id: rule for rule in rules}
    chosen: dict[tuple[RuleId, str], Setting] = {}
    for rule in rules:
        for parameter in rule.parameters:
            chosen[rule.id, parameter.name] = Setting(rule.id, parameter.name, parameter.default, Origin.DEFAULT)
    for setting in _from_file(by_id, file) if file else ():
        chosen[setting.rule, setting.name] = setting
    for setting in _from_flags(by_id, flags):
        chosen[setting.rule, setting.name] = setting
    return tuple(chosen[key] for key in sorted(chosen))


def read_settings(rules: Sequence[Rule], file: Path) -> tuple[Setting, ...]:
    """The settings that an evidence bundle was judged with, as its ``parameters.json`` states them.

    It states every parameter of every rule as ``{"value": …, "origin": …}``, and no other. Raises ContentError with
    every mistake.
    """
    document = read_document(file)
    if not isinstance(document.value, dict):
        raise ContentError((document.problem((), "the file must map rule ids to their parameters"),))
    by_id: dict[str, Rule] = {rule.id: rule for rule in rules}
    wanted = {(rule.id, parameter.name) for rule in rules for parameter in rule.parameters}
    settings: dict[tuple[RuleId, str], Setting] = {}
    problems: list[str] = []
    for rule_id, name, stated in _entries(document.value):
        parameter, complaint = parameter_of(by_id, rule_id, name)
        if parameter is None:
            problems.append(document.problem((rule_id,), complaint))
        elif complaint := _stated_wrongly(parameter, stated, given=plain_id(rule_id) != rule_id):
            problems.append(document.problem((rule_id, name), f"{rule_id}.{name} {complaint}"))
        else:
            key = (RuleId(rule_id), name)
            setting = as_object(stated)
            settings[key] = Setting(*key, setting["value"], Origin(as_text(setting["origin"])))
    if not problems:
        left = sorted(f"{rule_id}.{name}" for rule_id, name in wanted - settings.keys())
        problems += [document.problem((), f"the file does not state the parameter {name}") for name in left]
    if problems:
        raise ContentError(problems)
    return tuple(settings[key] for key in sorted(settings))


def _stated_wrongly(parameter: Parameter, stated: JsonValue, *, given: bool) -> str:
    """What is wrong with a value and its origin, as the end of a sentence ("" when they are right)."""
    if not isinstance(stated, dict) or set(stated) != {"value", "origin"} or stated["origin"] not in _STATED[given]:
        return f"must state a value and its origin ({', '.join(_STATED[given])}), not {shown(stated)}"
    if stated["origin"] == Origin.DEFAULT and stated["value"] != parameter.default:
        wrong = f"is {shown(stated['value'])}, which is not the default that it is said to be"
        return value_problem(parameter, stated["value"]) or wrong
    return value_problem(parameter, stated["value"])


def _entries(value: Mapping[str, JsonValue]) -> Iterator[tuple[str, str, JsonValue]]:
    for rule_id, stated in value.items():
        if isinstance(stated, dict) and stated:
            yield from ((rule_id, name, member) for name, member in stated.items())
        else:
            yield rule_id, "", stated


def overrides(settings: Sequence[Setting]) -> dict[RuleId, dict[str, JsonValue]]:
    """The values that differ in origin from the rules' defaults, by rule: what ``evaluate`` takes."""
    values: dict[RuleId, dict[str, JsonValue]] = {}
    for setting in settings:
        if setting.origin is not Origin.DEFAULT:
            values.setdefault(setting.rule, {})[setting.name] = setting.value
    return values


_TYPES: Mapping[str, str] = {
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "text",
    "strings": "a list of texts",
}


def _has_type(kind: str, value: JsonValue) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str)
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _from_flags(rules: Mapping[str, Rule], flags: Sequence[str]) -> list[Setting]:
    settings: dict[tuple[RuleId, str], Setting] = {}
    for flag in flags:
        target, equals, text = flag.partition("=")
        rule_id, dot, name = target.strip().rpartition(".")
        if not equals or not dot:
            raise UsageError(f"{shown(flag)} does not set a parameter.", "Write rule.parameter=value.")
        if "[" in target:
            raise UsageError(
                f"{shown(flag)} names a rule with the parameters that a framework gives it.",
                "Set those of the rule itself, as rule.parameter=value; a control that gives it others keeps them.",
            )
        parameter, complaint = parameter_of(rules, rule_id, name)
        if parameter is None:
            raise UsageError(f"In {shown(flag)}: {complaint}", about_own_rules((complaint,)))
        value = _read_text(parameter, text.strip())
        problem = value_problem(parameter, value)
        if problem:
            raise UsageError(f"In {shown(flag)}: {target.strip()} {problem}{'' if problem[-1] in '?.' else '.'}")
        key = (RuleId(rule_id), name)
        if key in settings:
            raise UsageError(f"{target.strip()} is set twice.", "Set it once.")
        settings[key] = Setting(*key, value, Origin.FLAG)
    return list(settings.values())


def _read_text(parameter: Parameter, text: str) -> JsonValue:
    """A flag's text as a value of the parameter's type; the text itself when it cannot be one."""
    if parameter.type == "integer":
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else text
    if parameter.type == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if text.startswith("["):
        return _read_list(parameter, text)
    if parameter.type == "strings":
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _read_list(parameter: Parameter, text: str) -> JsonValue:
    """A text that looks like a JSON list; it is never split at commas, which would keep its brackets and quotes."""
    try:
        listed: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as error:
        if parameter.type == "string":
            return text
        raise UsageError(
            f"The value of {parameter.name} begins like a JSON list and is not one: {text}.",
            'Write a,b or ["a", "b"].',
        ) from error
    return listed


def _from_file(rules: Mapping[str, Rule], file: Path) -> list[Setting]:
    document = read_document(file)
    if not isinstance(document.value, dict):
        raise ContentError((document.problem((), "the file must map rule ids to their parameters"),))
    problems: list[str] = []
    settings: list[Setting] = []
    for rule_id, values in document.value.items():
        if not isinstance(values, dict):
            problems.append(document.problem((rule_id,), f"{rule_id} must map parameters to values"))
            continue
        for name, value in values.items():
            mark = document.key_mark((rule_id,), name)
            parameter, complaint = parameter_of(rules, rule_id, name)
            if parameter is None:
                problems.append(document.problem_at(mark, complaint))
            elif problem := value_problem(parameter, value):
                problems.append(document.problem((rule_id, name), f"{rule_id}.{name} {problem}"))
            else:
                settings.append(Setting(RuleId(rule_id), name, value, Origin.FILE))
    if problems:
        raise ContentError(problems)
    return settings


def parameter_of(rules: Mapping[str, Rule], rule_id: str, name: str) -> tuple[Parameter | None, str]:
    """The parameter, or a sentence that says why there is none."""
    rule = rules.get(rule_id)
    if rule is None:
        return None, f"{NO_RULE} {shown(rule_id)} here.{did_you_mean(rule_id, rules)}"
    for parameter in rule.parameters:
        if parameter.name == name:
            return parameter, ""
    names = [parameter.name for parameter in rule.parameters]
    listed = ", ".join(names) or "none"
    return None, f"{rule_id} has no parameter {shown(name)} (its parameters: {listed}).{did_you_mean(name, names)}"
