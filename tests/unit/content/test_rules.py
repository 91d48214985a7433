from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.content.kinds import kind_of
from scanner.content.rules import load_rules, read_folder, read_rule, select_rules
from scanner.content.shipped import shipped
from scanner.errors import ContentError, UsageError
from scanner.model import (
    Clause,
    Outcome,
    Parameter,
    Remark,
    ResourceCheck,
    ResourceScope,
    RouteCheck,
    RouteKind,
    RouteScope,
    Rule,
    Severity,
)
from scanner.resources import RESOURCES

KNOWN = {"cloudtrail.trail": ("Name", "IsLogging", "Status", "LogFileValidationEnabled")}

EVERY_KIND = "'resource', 'route', 'service-route', 'log-events', 'period'"

RESOURCE = """\
# yaml-language-server: $schema=x
id: trail.validation
title: Validation is on
severity: high
description: >
  Every trail is asked whether it
  validates.
rationale: Because otherwise nobody knows.
remediation: aws cloudtrail update-trail --enable-log-file-validation
references: [https://docs.aws.amazon.com/x]
parameters:
  hours: {type: integer, default: 24, minimum: 1, maximum: 720, description: How old it may be}
check: resource
resource: cloudtrail.trail
where: IsLogging
expect: LogFileValidationEnabled && Status.Hours < $hours
when_none: fail
reason: "validation of {Name} is off for {$hours} hours"
"""

ROUTE = """\
id: route.stop
title: Stopping reaches someone
severity: low
pack: extended
description: Stopping of trails.
rationale: Because.
remediation: Make a filter.
references: [https://docs.aws.amazon.com/x]
parameters:
  extended: {type: boolean, default: false, description: Also starting}
  max_period: {type: integer, default: 300, minimum: 60, description: Seconds}
check: route
events: |
  { ($.eventName = StopLogging) ||
    ($.eventName = DeleteTrail) }
extended: '{ $.eventName = StartLogging }'
accept: [metric-filter]
alarm: {max_threshold: 1, max_period: $max_period}
scope: organization-management
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(folder: Path) -> tuple[Rule, ...]:
    return load_rules([folder], with_shipped=False, known_resources=KNOWN)


def problems(folder: Path, text: str | bytes) -> list[str]:
    """What is wrong with one rule file, without the path in front."""
    path = write(folder, "area/name.yaml", text)
    with pytest.raises(ContentError) as caught:
        load(folder)
    return [problem.removeprefix(f"{path}:") for problem in caught.value.problems]


def changed(text: str, **changes: Any) -> str:
    """The rule with keys replaced, or removed where the value is None; lines are not kept."""
    data = {**yaml.safe_load(text), **changes}
    return yaml.safe_dump({key: value for key, value in data.items() if value is not None}, sort_keys=False, width=9999)


def test_a_resource_rule(tmp_path: Path) -> None:
    write(tmp_path, "trail/validation.yaml", RESOURCE)
    (rule,) = load(tmp_path)
    assert (rule.id, rule.title, rule.severity, rule.pack) == (
        "trail.validation",
        "Validation is on",
        Severity.HIGH,
        "core",
    )
    assert rule.description == "Every trail is asked whether it validates."
    assert rule.path == "trail/validation.yaml"
    assert rule.text == RESOURCE
    assert rule.references == ("https://docs.aws.amazon.com/x",)
    assert rule.parameters == (Parameter("hours", "integer", 24, "How old it may be", 1, 720),)
    assert rule.check == ResourceCheck(
        resource="cloudtrail.trail",
        clauses=(
            Clause(
                "LogFileValidationEnabled && Status.Hours < $hours", "validation of {Name} is off for {$hours} hours"
            ),
        ),
        where="IsLogging",
        when_none=Outcome.FAIL,
        fields=frozenset({"IsLogging", "LogFileValidationEnabled", "Status"}),
    )


def test_remarks_of_a_resource_rule(tmp_path: Path) -> None:
    remarks = 'when_none_selected: pass\nremarks:\n  - when: Status.Age > $hours\n    say: "{Name} is old"\n'
    path = write(tmp_path, "trail/validation.yaml", RESOURCE + remarks)
    check = read_rule(path, tmp_path).check
    assert isinstance(check, ResourceCheck)
    assert check.remarks == (Remark("Status.Age > $hours", "{Name} is old"),)
    assert check.when_none_selected is Outcome.PASS
    wrong = remarks.replace("$hours", "$days").replace("{Name}", "{$nope}").replace(": pass", ": unknown")
    path.write_text(RESOURCE + wrong, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        read_rule(path, tmp_path)
    assert [problem.split(": ", 1)[1].split(" ")[0] for problem in caught.value.problems] == [
        "when_none_selected",
        "remarks:",
        "say:",
    ]


def test_the_scope_of_a_resource_rule(tmp_path: Path) -> None:
    path = write(tmp_path, "trail/validation.yaml", RESOURCE + "scope: owner\n")
    check = read_rule(path, tmp_path).check
    assert isinstance(check, ResourceCheck)
    assert check.scope is ResourceScope.OWNER
    assert "judged once, in the account that owns it" in "\n".join(kind_of(check).describe(check))
    path.write_text(RESOURCE + "scope: organization-management\n", encoding="utf-8")
    with pytest.raises(ContentError, match="scope must be one of 'account', 'owner'"):
        read_rule(path, tmp_path)
    path.write_text(ROUTE.replace("organization-management", "owner"), encoding="utf-8")
    with pytest.raises(ContentError, match="scope must be one of 'account', 'organization-management', not 'owner'"):
        read_rule(path, tmp_path)


def test_a_route_rule(tmp_path: Path) -> None:
    write(tmp_path, "route/stop.yaml", ROUTE)
    (rule,) = load(tmp_path)
    assert rule.pack == "extended"
    assert rule.check == RouteCheck(
        events="{ ($.eventName = StopLogging) ||\n  ($.eventName = DeleteTrail) }\n",
        extended="{ $.eventName = StartLogging }",
        accept=(RouteKind.METRIC_FILTER,),
        max_threshold=1,
        max_period="$max_period",
        scope=RouteScope.ORGANIZATION_MANAGEMENT,
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "title: V",
            "titel: V",
            ["3:1: the key 'titel' is not known here. Did you mean 'title'?", "2:1: the file lacks the key 'title'"],
        ),
        (
            "severity: high",
            "severity: hgih",
            [
                (
                    "4:11: severity must be one of 'info', 'low', 'medium', 'high', 'critical', not 'hgih'. "
                    "Did you mean 'high'?"
                )
            ],
        ),
        ("title: Validation is on", "title: 5.0", ["3:8: title must be text on one line, not 5.0; put it in quotes"]),
        (
            "title: Validation is on",
            "title: yes",
            ["3:8: yes may be read as a boolean or as text; write true, or put it in quotes"],
        ),
        (
            "id: trail.validation",
            "id: Validation",
            ["2:5: id must be area.name in small letters, digits and hyphens, not 'Validation'"],
        ),
        (
            "https://docs.aws.amazon.com/x",
            "http://x",
            ["10:14: references[0] must be an https:// address, not 'http://x'"],
        ),
        ("[https://docs.aws.amazon.com/x]", "[]", ["10:13: references must not be empty"]),
        (
            "when_none: fail",
            "when_none: unknown",
            ["17:12: when_none must be one of 'fail', 'not_applicable', 'pass', not 'unknown'."],
        ),
        ("when_none: fail\n", "", ["2:1: the file lacks the key 'when_none'"]),
        (
            "check: resource",
            "check: rsource",
            [f"13:8: check must be one of {EVERY_KIND}, not 'rsource'. Did you mean 'resource'?"],
        ),
        ("where: IsLogging", "events: '{ $.a = b }'", ["15:1: the key 'events' does not belong here"]),
        (
            "severity: high",
            "severity: high\nseverity: low",
            ["5:1: the key 'severity' is here a second time; first in line 4"],
        ),
        (
            "severity: high",
            "\tseverity: high",
            [
                (
                    "4:1: this is not YAML: while scanning for the next token found character '\\t' "
                    "that cannot start any token; indent with spaces, not tabs"
                )
            ],
        ),
        (
            "where: IsLogging",
            "where: IsLoging",
            ["15:8: where: cloudtrail.trail has no field 'IsLoging'. Did you mean 'IsLogging'?"],
        ),
        ("of {Name} is", "of {Naem} is", ["18:9: reason: cloudtrail.trail has no field 'Naem'. Did you mean 'Name'?"]),
        ("of {Name} is", "of {Name is", ["18:9: reason: a { or } has no partner; braces insert a field"]),
        (
            "of {Name} is",
            "of {} is",
            ["18:9: reason: {} is not a field; write {Field}, {Field.Member} or {$parameter}"],
        ),
        ("{$hours}", "{$days}", ["18:9: reason: the rule has no parameter 'days'."]),
        (
            "resource: cloudtrail.trail",
            "resource: cloudtrail.trial",
            ["14:11: there is no resource type 'cloudtrail.trial'. Did you mean 'cloudtrail.trail'?"],
        ),
        ("default: 24", "default: 0", ["12:35: the default of hours must be at least 1, not 0"]),
        ("default: 24", "default: 1000", ["12:35: the default of hours must be at most 720, not 1000"]),
        ("default: 24", "default: true", ["12:35: the default of hours must be a whole number, not true"]),
        (
            "type: integer",
            "type: string",
            ["12:47: minimum is for integers, not string", "12:34: the default of hours must be text, not 24"],
        ),
        ("maximum: 720", "choices: [a]", ["12:60: choices are for texts, not integer"]),
        (
            "  hours:",
            "  hours: {type: boolean, default: false, description: x}\n  unused:",
            ["13:3: nothing uses the parameter unused"],
        ),
    ],
)
def test_one_mistake(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in RESOURCE
    assert sorted(problems(tmp_path, RESOURCE.replace(old, new, 1))) == sorted(expected)


def test_mistakes_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = RESOURCE.replace("id: trail", "id: Trail").replace("check: resource", "chek: resource", 1)
    text = text.replace("severity: high", "severity: none").replace("when_none: fail", "when_none: 1")
    lines = [int(problem.split(":")[0]) for problem in problems(tmp_path, text)]
    assert lines == sorted(lines)
    assert len(lines) == 5


def test_expressions_are_checked(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, RESOURCE.replace("expect: LogFile", "expect: == LogFile"))
    assert problem.startswith("16:9: expect: ")
    assert "is not JMESPath at character 1" in problem
    (problem,) = problems(tmp_path, RESOURCE.replace("$hours\n", "$days\n"))
    assert problem.startswith("16:9: expect: ")
    assert "$days" in problem
    (problem,) = problems(tmp_path, RESOURCE.replace("where: IsLogging", "where: nonsense(IsLogging)"))
    assert problem.startswith("15:8: where: ")
    assert "nonsense()" in problem


def test_patterns_are_checked_where_they_stand(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, ROUTE.replace("($.eventName = DeleteTrail) }", "($.eventName ~ DeleteTrail) }"))
    lines = ROUTE.replace("= DeleteTrail", "~ DeleteTrail").splitlines()
    line, column, sentence = problem.split(":", 2)
    assert lines[int(line) - 1][int(column) - 1] == "~"
    assert sentence.startswith(" events: ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "max_period: $max_period",
            "max_period: $max_perod",
            [
                "alarm.max_period names no integer parameter: '$max_perod'. Did you mean 'max_period'?",
            ],
        ),
        (
            "max_period: $max_period",
            "max_period: $extended",
            ["alarm.max_period names no integer parameter: '$extended'."],
        ),
        (
            "default: 300, minimum: 60",
            "default: 300",
            ["alarm.max_period: the parameter max_period needs a minimum of 1 or more"],
        ),
        (
            "{type: boolean, default: false, description: Also starting}",
            "{type: string, default: x, description: Also starting}",
            ["the parameter extended of a route must be of type boolean"],
        ),
        (
            "max_period: $max_period",
            "max_period: 60",
            ["nothing uses the parameter max_period"],
        ),
        (
            "max_threshold: 1",
            "max_threshold: 0",
            ["alarm.max_threshold must be a whole number from 1 or $name of a parameter, not 0"],
        ),
        (
            "max_threshold: 1",
            "max_threshold: many",
            ["alarm.max_threshold must be a whole number from 1 or $name of a parameter, not 'many'"],
        ),
        (
            "extended: '{ $.eventName = StartLogging }'\n",
            "",
            ["`extended` events and a boolean parameter `extended` go together"],
        ),
        (
            "  extended: {type: boolean, default: false, description: Also starting}\n",
            "",
            ["`extended` events and a boolean parameter `extended` go together"],
        ),
        (
            "[metric-filter]",
            "[siem]",
            ["accept[0] must be one of 'metric-filter', 'event-rule', 'declared', not 'siem'."],
        ),
        (
            "scope: organization-management",
            "scope: everything",
            ["scope must be one of 'account', 'organization-management', not 'everything'."],
        ),
        ("scope: organization-management", "expect: x", ["the key 'expect' does not belong here"]),
    ],
)
def test_one_mistake_in_a_route(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in ROUTE
    found = problems(tmp_path, ROUTE.replace(old, new, 1))
    assert [problem.split(": ", 1)[1] for problem in found] == expected


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", bytes(range(256)), b"x" * 10_000_000, b"[" * 50_000, b"- 1\n", b"null\n", b"id: *x\n"],
    ids=["empty", "utf-16", "binary", "10 MB", "deep", "list", "null", "alias"],
)
def test_hostile_files_are_errors_with_a_place(tmp_path: Path, content: bytes) -> None:
    for problem in problems(tmp_path, content):
        line, column, _ = problem.split(":", 2)
        assert int(line) >= 1
        assert int(column) >= 1


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    write(tmp_path, "trail/validation.yaml", b"\xef\xbb\xbf" + RESOURCE.encode())
    assert load(tmp_path)[0].text == RESOURCE


def test_all_files_are_reported_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a/x.yaml", "")
    write(tmp_path, "b/y.yaml", "")
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert len(caught.value.problems) == 2


def test_the_same_id_twice_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "a/x.yaml", RESOURCE)
    write(tmp_path, "b/y.yaml", RESOURCE)
    with pytest.raises(ContentError, match=r"b/y\.yaml:2:5: the rule trail\.validation is in a/x\.yaml already"):
        load(tmp_path)


def test_later_folders_override_and_extend(tmp_path: Path) -> None:
    write(tmp_path / "one", "trail/validation.yaml", RESOURCE)
    write(tmp_path / "two", "trail/validation.yaml", changed(RESOURCE, severity="low"))
    write(tmp_path / "two", "route/stop.yaml", ROUTE)
    rules = load_rules([tmp_path / "one", tmp_path / "two"], with_shipped=False)
    assert [(rule.id, rule.severity) for rule in rules] == [("route.stop", "low"), ("trail.validation", "low")]


def test_a_shipped_rule_stands_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "trail/other.yaml", RESOURCE)
    monkeypatch.setattr("scanner.content.rules.shipped", lambda _room: tmp_path)
    with pytest.raises(
        ContentError, match=r"other\.yaml:2:5: the rule trail\.validation belongs into the file trail/validation\.yaml"
    ):
        load_rules()


def test_what_is_shipped_is_proved_and_read_the_same_both_ways() -> None:
    fields = {name: kind.fields for name, kind in RESOURCES.items()}
    proved, mistakes = read_folder(shipped("rules"), known_resources=fields)
    assert not mistakes
    assert load_rules() == tuple(sorted(proved, key=lambda rule: rule.id)), "libyaml reads other rules"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("severity: high", "severity: highest", r"validation\.yaml:\d+:\d+: .*highest"),
        ("title:", "name:", r"validation\.yaml:\d+:\d+: .*name"),
        ("check: resource", "check: [", r"validation\.yaml:\d+:\d+: "),
    ],
)
def test_an_installed_rule_that_somebody_broke_is_named(
    old: str, new: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in RESOURCE
    write(tmp_path, "trail/validation.yaml", RESOURCE.replace(old, new))
    monkeypatch.setattr("scanner.content.rules.shipped", lambda _room: tmp_path)
    with pytest.raises(ContentError, match=sentence):
        load_rules()


def test_cases_and_shared_files_are_no_rules(tmp_path: Path) -> None:
    write(tmp_path, "trail/validation.yaml", RESOURCE)
    write(tmp_path, "trail/validation.test.yaml", "x")
    write(tmp_path, "trail/sound.calls.yaml", "x")
    write(tmp_path, "_sound.yaml", "x")
    rules, mistakes = read_folder(tmp_path)
    assert [rule.path for rule in rules] == ["trail/validation.yaml"]
    assert mistakes == ()


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no rule"):
        load(tmp_path)


def test_without_known_resources_fields_are_not_judged(tmp_path: Path) -> None:
    path = write(tmp_path, "a/b.yaml", RESOURCE.replace("IsLogging", "Nothing"))
    assert isinstance(read_rule(path, tmp_path).check, ResourceCheck)


class TestSelect:
    @pytest.fixture
    def rules(self, tmp_path: Path) -> tuple[Rule, ...]:
        write(tmp_path, "trail/validation.yaml", RESOURCE)
        write(tmp_path, "route/stop.yaml", ROUTE)
        return load(tmp_path)

    def test_packs(self, rules: tuple[Rule, ...]) -> None:
        assert [rule.id for rule in select_rules(rules)] == ["trail.validation"]
        assert [rule.id for rule in select_rules(rules, packs=("core", "extended"))] == [
            "route.stop",
            "trail.validation",
        ]

    def test_ids_win_over_packs(self, rules: tuple[Rule, ...]) -> None:
        assert [rule.id for rule in select_rules(rules, ["route.stop"])] == ["route.stop"]
        assert [rule.id for rule in select_rules(rules, ["route"])] == ["route.stop"]
        assert [rule.id for rule in select_rules(rules, ["route.*", "trail.*"])] == ["route.stop", "trail.validation"]

    def test_what_is_not_there(self, rules: tuple[Rule, ...]) -> None:
        with pytest.raises(UsageError, match=r"No rule or area is called 'route\.stpo'\. Did you mean 'route\.stop'\?"):
            select_rules(rules, ["route.stpo"])
        with pytest.raises(UsageError, match=r"no pack 'extnded'\. Did you mean 'extended'\?"):
            select_rules(rules, packs=["extnded"])
        with pytest.raises(UsageError, match="No rule is selected"):
            select_rules(rules, [])
        with pytest.raises(UsageError, match="No rule is selected"):
            select_rules([rule for rule in rules if rule.pack == "extended"])


MANY = """\
id: trail.many
title: Many mistakes
severity: hgih
description: Every trail is asked whether it validates.
rationale: Digest files prove that nobody changed a log.
remediation: Turn it on.
references: [https://docs.aws.amazon.com/x]
parameters:
  hours: {type: integer, default: 24, minimum: 1, description: Hours}
check: resource
resource: cloudtrail.trial
where: IsLogging &&
expect:
  - that: Status.Hours < $days
    otherwise: "of {$nope} hours"
  - that: Nane == 'x'
    otherwise: "is {Nane"
when_none: fail
extra: 1
"""


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "trail/many.yaml", MANY)
    with pytest.raises(ContentError) as caught:
        read_rule(path, tmp_path, KNOWN)
    told = [problem.removeprefix(f"{path}:") for problem in caught.value.problems]
    beginnings = (
        "3:11: severity must be one of 'info', 'low', 'medium', 'high', 'critical', not 'hgih'. Did you mean 'high'?",
        "11:11: there is no resource type 'cloudtrail.trial'. Did you mean 'cloudtrail.trail'?",
        "12:8: where: Expression 'IsLogging &&' is not JMESPath",
        "14:11: expect: Expression 'Status.Hours < $days' names the parameter $days",
        "15:16: otherwise: the rule has no parameter 'nope'.",
        "17:16: otherwise: a { or } has no partner",
        "19:1: the key 'extra' is not known here.",
    )
    assert len(told) == len(beginnings)
    for problem, beginning in zip(told, beginnings, strict=True):
        assert problem.startswith(beginning)
    path.write_text(MANY.replace("cloudtrail.trial", "cloudtrail.trail"), encoding="utf-8")
    with pytest.raises(
        ContentError, match=r"16:11: expect: cloudtrail\.trail has no field 'Nane'\. Did you mean 'Name'"
    ):
        read_rule(path, tmp_path, KNOWN)


def test_a_parameter_that_is_wrong_hides_no_other_mistake(tmp_path: Path) -> None:
    text = MANY.replace("type: integer", "type: intger").replace("hgih", "high")
    path = write(tmp_path, "trail/many.yaml", text)
    with pytest.raises(ContentError) as caught:
        read_rule(path, tmp_path, KNOWN)
    told = "\n".join(caught.value.problems)
    assert "'intger'" in told
    assert "is not JMESPath" in told
    assert "there is no resource type" in told
    assert "$days" not in told  # whether the rule has it cannot be known


def test_a_misnamed_file_hides_no_mistake_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, "trail/many.yaml", MANY)
    write(tmp_path, "trail/other.yml", RESOURCE)
    write(tmp_path, "trail/validation.yaml", RESOURCE)
    with pytest.raises(ContentError) as caught:
        load_rules([tmp_path], with_shipped=False, known_resources=KNOWN)
    told = "\n".join(caught.value.problems)
    assert f"{tmp_path}/trail/other.yml:1:1: the name must end with .yaml" in told
    assert f"{tmp_path}/trail/many.yaml:3:11: severity" in told
    assert "validation.yaml" not in told


FINDING = """\
id: trail.finding
title: Names what it found
severity: high
description: Every trail is asked whether it validates.
rationale: Digest files prove that nobody changed a log.
remediation: Turn it on.
references: [https://docs.aws.amazon.com/x]
check: resource
resource: cloudtrail.trail
expect:
  - that: Name == 'x'
    otherwise: "it is named {found}"
    found: Name
when_none: fail
"""


def test_a_clause_may_name_what_it_found(tmp_path: Path) -> None:
    path = write(tmp_path, "trail/finding.yaml", FINDING)
    check = read_rule(path, tmp_path, KNOWN).check
    assert isinstance(check, ResourceCheck)
    assert check.clauses[0].found == "Name"
    for broken, problem in (
        (FINDING.replace("    found: Name\n", ""), "12:16: expect: cloudtrail.trail has no field 'found'"),
        (FINDING.replace("{found}", "{Name}"), "12:16: otherwise: nothing inserts {found}"),
        (FINDING.replace("found: Name", "found: Name["), "13:12: expect: Expression 'Name[' is not JMESPath"),
        (FINDING.replace("found: Name", "found: Nane"), "13:12: expect: cloudtrail.trail has no field 'Nane'"),
    ):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(ContentError) as caught:
            read_rule(path, tmp_path, KNOWN)
        assert problem in caught.value.problems[0]
