import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.content.parameters import overrides, read_settings, resolve_parameters, value_problem
from scanner.errors import ContentError, UsageError
from scanner.model import Clause, JsonValue, Outcome, Parameter, ResourceCheck, Rule, RuleId, Setting, Severity

HOURS = Parameter("hours", "integer", 24, "", 1, 720)
EXTENDED = Parameter("extended", "boolean", default=False)
MODE = Parameter("mode", "string", "A", choices=("A", "B"))
NAMES = Parameter("names", "strings", ["x"])


def rule(rule_id: str, *parameters: Parameter) -> Rule:
    check = ResourceCheck("cloudtrail.trail", (Clause("IsLogging", "it is off"),), None, Outcome.FAIL, frozenset())
    return Rule(RuleId(rule_id), "", Severity.LOW, "", "", "", (), parameters, check, "", "")


RULES = (rule("trail.fresh", HOURS, EXTENDED), rule("bucket.locked", MODE, NAMES))


def chosen(settings: tuple[Setting, ...]) -> dict[str, tuple[object, str]]:
    return {f"{setting.rule}.{setting.name}": (setting.value, setting.origin) for setting in settings}


def test_defaults() -> None:
    settings = resolve_parameters(RULES)
    assert [f"{setting.rule}.{setting.name}" for setting in settings] == [
        "bucket.locked.mode",
        "bucket.locked.names",
        "trail.fresh.extended",
        "trail.fresh.hours",
    ]
    assert {setting.origin for setting in settings} == {"default"}
    assert overrides(settings) == {}


def test_flags_win_over_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("trail.fresh: {hours: 12, extended: true}\nbucket.locked: {names: [a, b]}\n", encoding="utf-8")
    flags = ["trail.fresh.hours=6", "bucket.locked.mode = B"]
    settings = resolve_parameters(RULES, flags, file)
    assert chosen(settings) == {
        "bucket.locked.mode": ("B", "flag"),
        "bucket.locked.names": (["a", "b"], "file"),
        "trail.fresh.extended": (True, "file"),
        "trail.fresh.hours": (6, "flag"),
    }
    assert overrides(settings) == {
        "trail.fresh": {"extended": True, "hours": 6},
        "bucket.locked": {"mode": "B", "names": ["a", "b"]},
    }


def test_flags_are_read_by_type() -> None:
    flags = ["trail.fresh.extended=true", "bucket.locked.names=a, b,"]
    values = chosen(resolve_parameters(RULES, flags))
    assert values["trail.fresh.extended"] == (True, "flag")
    assert values["bucket.locked.names"] == (["a", "b"], "flag")


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("trail.fresh.hours", "does not set a parameter. Write rule.parameter=value."),
        ("hours=3", "does not set a parameter."),
        (
            "trail.fresh[hours=3].hours=4",
            "names a rule with the parameters that a framework gives it. Set those of the",
        ),
        ("trail.frsh.hours=3", "there is no rule 'trail.frsh' here. Did you mean 'trail.fresh'?"),
        (
            "trail.fresh.hour=3",
            "trail.fresh has no parameter 'hour' (its parameters: hours, extended). Did you mean 'hours'?",
        ),
        ("trail.fresh.hours=soon", "must be a whole number, not 'soon'"),
        ("trail.fresh.hours=1e3", "must be a whole number, not '1e3'"),
        ("trail.fresh.hours=٣", "must be a whole number"),
        ("trail.fresh.hours=0", "must be at least 1, not 0"),
        ("trail.fresh.hours=721", "must be at most 720, not 721"),
        ("trail.fresh.extended=yes", "must be true or false, not 'yes'"),
        ("bucket.locked.mode=C", "must be one of 'A', 'B', not 'C'."),
    ],
)
def test_wrong_flags(flag: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_parameters(RULES, [flag])
    assert message in str(caught.value)


def test_the_same_flag_twice() -> None:
    with pytest.raises(UsageError, match="set twice"):
        resolve_parameters(RULES, ["trail.fresh.hours=1", "trail.fresh.hours=2"])


def test_every_mistake_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("trail.fresh:\n  hours: 0\n  extnded: true\nzzz: {a: 1}\nbucket.locked: 3\n", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        resolve_parameters(RULES, [], file)
    assert caught.value.problems == (
        f"{file}:2:10: trail.fresh.hours must be at least 1, not 0",
        (
            f"{file}:3:3: trail.fresh has no parameter 'extnded' (its parameters: hours, extended). "
            "Did you mean 'extended'?"
        ),
        f"{file}:4:7: there is no rule 'zzz' here.",
        f"{file}:5:16: bucket.locked must map parameters to values",
    )
    file.write_text("- a\n", encoding="utf-8")
    with pytest.raises(ContentError, match="must map rule ids"):
        resolve_parameters(RULES, [], file)


@pytest.mark.parametrize(
    ("parameter", "value", "right"),
    [
        (HOURS, 24, True),
        (HOURS, True, False),
        (HOURS, 24.0, False),
        (EXTENDED, True, True),
        (EXTENDED, 1, False),
        (MODE, "A", True),
        (MODE, "C", False),
        (MODE, ["A"], False),
        (NAMES, [], True),
        (NAMES, "x", False),
        (NAMES, [1], False),
        (Parameter("n", "strings", [], choices=("a",)), ["a", "b"], False),
    ],
)
def test_values_are_checked(parameter: Parameter, value: JsonValue, right: bool) -> None:
    assert (value_problem(parameter, value) == "") is right


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a,b", ["a", "b"]),
        ('["a", "b,c"]', ["a", "b,c"]),
        ("[]", []),
        (" a , ,b ", ["a", "b"]),
        ("", []),
    ],
)
def test_lists_are_read_as_lists(text: str, value: list[str]) -> None:
    found = chosen(resolve_parameters(RULES, [f"bucket.locked.names={text}"]))
    assert found["bucket.locked.names"] == (value, "flag")


@pytest.mark.parametrize("text", ["[a, b]", '["a"', "[1]", '[["a"]]'])
def test_what_looks_like_a_list_is_not_taken_as_text(text: str) -> None:
    with pytest.raises(UsageError, match=r"names (begins like a JSON list|must be a list of texts)"):
        resolve_parameters(RULES, [f"bucket.locked.names={text}"])
    with pytest.raises(UsageError, match="mode must be"):
        resolve_parameters(RULES, ['bucket.locked.mode=["A"]'])


def sealed(folder: Path, value: object) -> Path:
    path = folder / "parameters.json"
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def defaults() -> Any:
    stated: dict[RuleId, dict[str, Any]] = {rule.id: {} for rule in RULES}
    for rule in RULES:
        for parameter in rule.parameters:
            stated[rule.id][parameter.name] = {"value": parameter.default, "origin": "default"}
    return stated


def test_what_a_bundle_was_judged_with_is_read_back(tmp_path: Path) -> None:
    stated = defaults()
    stated[RuleId("trail.fresh")]["hours"] = {"value": 48, "origin": "flag"}
    found = read_settings(RULES, sealed(tmp_path, stated))
    assert found == resolve_parameters(RULES, ["trail.fresh.hours=48"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda stated: stated["trail.fresh"].pop("hours"), "does not state the parameter trail.fresh.hours"),
        (lambda stated: stated.pop("bucket.locked"), "does not state the parameter bucket.locked"),
        (lambda stated: stated["trail.fresh"].update(hours=48), "must state a value and its origin"),
        (lambda stated: stated["trail.fresh"]["hours"].update(origin="guess"), "must state a value and its origin"),
        (lambda stated: stated["trail.fresh"]["hours"].update(value=48), "which is not the default"),
        (lambda stated: stated["trail.fresh"]["hours"].update(value=0, origin="flag"), "must be at least 1"),
        (lambda stated: stated.update({"no.rule": {"a": 1}}), "there is no rule 'no.rule'"),
        (lambda stated: stated.update({"trail.fresh": {}}), "trail.fresh has no parameter ''"),
    ],
)
def test_what_a_bundle_states_must_be_whole(tmp_path: Path, change: Callable[[Any], object], said: str) -> None:
    stated = defaults()
    change(stated)
    with pytest.raises(ContentError, match=re.escape(said)):
        read_settings(RULES, sealed(tmp_path, stated))
