"""Malformed answers: no exception, no resource that silently drops out, no pass that rests on what is malformed.

A run tries a sample. All of them, for a machine with time::

    TRAILWITNESS_EVERY_MUTATION=1 python -m pytest tests/property/test_answer_mutations.py
"""

import copy
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.assessment.evaluate import evaluate
from scanner.cases.calls import CaseCall, apply_changes, error_of, read_base, read_calls
from scanner.cases.files import Case, Expectation
from scanner.cases.run import case_snapshot
from scanner.checks.route import Proofs
from scanner.content.rules import load_rules
from scanner.documents import parse_yaml
from scanner.errors import TrailwitnessError
from scanner.model import CallKey, Finding, Outcome, Over, Rule, RuleId
from scanner.snapshot.answers import Call, Snapshot
from scanner.snapshot.partly import UnknownPlace
from scanner.snapshot.shapes.types import Listed, Mapped, Named, Scalar, Type, answer_shape, structure
from tests.asked import Kept, rules_that_asked

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "111122223333", "us-east-1"
_SCOPE = {ACCOUNT: (REGION,)}

Pointer = tuple[str | int, ...]

DEEP: Any = json.loads("[" * 200 + "]" * 200)
VANISHED = object()

FURTHER = """
base: _sound-account.calls.yaml
calls:
  - call: s3.GetBucketLifecycleConfiguration
    arguments: {Bucket: audit-logs-111122223333}
    answer:
      Rules:
        - ID: late
          Status: Enabled
          Filter: {And: {Prefix: AWSLogs/, ObjectSizeGreaterThan: 1}}
          Expiration: {Days: 4000}
          NoncurrentVersionExpiration: {NoncurrentDays: 4000}
          Transitions: [{Days: 400, StorageClass: GLACIER_IR}]
cases:
  - name: more
    set:
      "cloudtrail.GetEventSelectors#/AdvancedEventSelectors":
        - Name: all
          FieldSelectors: [{Field: eventCategory, Equals: [Management]}]
        - Name: objects
          FieldSelectors:
            - {Field: eventCategory, Equals: [Data]}
            - {Field: resources.type, Equals: ["AWS::S3::Object"]}
      "cloudwatch.DescribeAlarms#/CompositeAlarms":
        - AlarmName: above
          AlarmArn: arn:aws:cloudwatch:us-east-1:111122223333:alarm:above
          AlarmRule: ALARM("trail-changes-alarm") AND ALARM("other")
          ActionsEnabled: true
          AlarmActions: ["arn:aws:sns:us-east-1:111122223333:security-alerts"]
          StateValue: OK
      "cloudwatch.DescribeAlarms#/MetricAlarms/-":
        AlarmName: math
        AlarmArn: arn:aws:cloudwatch:us-east-1:111122223333:alarm:math
        ActionsEnabled: true
        AlarmActions: ["arn:aws:sns:us-east-1:111122223333:security-alerts"]
        StateValue: OK
        StateUpdatedTimestamp: "2026-11-19T10:00:00Z"
        EvaluationPeriods: 1
        Threshold: 1
        ComparisonOperator: GreaterThanOrEqualToThreshold
        TreatMissingData: notBreaching
        Metrics:
          - {Id: e, Expression: "FILL(m, 0)", ReturnData: true}
          - Id: m
            ReturnData: false
            MetricStat:
              Metric: {Namespace: Audit, MetricName: TrailChanges, Dimensions: []}
              Period: 300
              Stat: Sum
    unset: ["cloudtrail.GetEventSelectors#/EventSelectors"]
    expect: pass
"""
"""What the account has besides, in the words of case files."""

BESIDE = frozenset({"a null among them", "a text among them"})
"""Kinds of mutations that leave every sound item where it is."""

ONE_IS_ENOUGH: Mapping[str, frozenset[str]] = {"cloudwatch.DescribeAlarms": frozenset({"filter.every-filter-alarmed"})}
"""By the operation that lists things, the rules that one sound thing of the listing proves, whatever the others are."""

DIGITS = "a number of five thousand digits"
"""Stands for a number that Python neither reads nor writes as an integer."""

PROOFS = Proofs()


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of one answer. ``violates`` says that no answer of AWS has this shape."""

    call: CallKey
    pointer: Pointer
    kind: str
    value: Any
    violates: bool

    @property
    def place(self) -> str:
        """The JSON Pointer into the raw file."""
        return "/pages/0" + "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in self.pointer)

    def __str__(self) -> str:
        return f"{self.kind} at {self.call.text.split('/', 2)[2].partition('{')[0]}#{self.place}"


@cache
def sound_calls() -> dict[CallKey, CaseCall]:
    """The calls of the account on which the rules pass, by key, with more kinds of structures in the answers."""
    rules = ROOT / "rules"
    document = parse_yaml("sound", FURTHER)
    folder = rules / "sound.test.yaml"
    calls = {**read_base(document, folder, rules), **{call.key: call for call in read_calls(document, ("calls",))}}
    problems: list[str] = []
    calls, _ = apply_changes(document, ("cases", 0), calls, problems)
    assert problems == []
    return dict(calls)


def snapshot_of(calls: Mapping[CallKey, CaseCall]) -> Snapshot:
    """The calls as a snapshot."""
    case = Case(RuleId("sound.account"), "", "", tuple(sound_calls().values()), _SCOPE, {}, Expectation(Outcome.PASS))
    made = case_snapshot(case)
    recorded = tuple(_recorded(call, calls[call.key]) for call in made.calls)

    def read(file: str) -> bytes:
        text = json.dumps({"pages": pages[file]})
        return text.replace(json.dumps(DIGITS), "9" * 5000).encode()

    pages = {call.file: calls[call.key].pages for call in recorded if call.file}
    return Snapshot(made.run, recorded, read)


def _recorded(call: Call, now: CaseCall) -> Call:
    return replace(call, error=now.error, file="" if now.error else call.file, unknown=now.unknown)


def judged(rules: Sequence[Rule], calls: Mapping[CallKey, CaseCall]) -> dict[RuleId, tuple[Finding, ...]]:
    """The findings of every rule over the calls."""
    found: dict[RuleId, list[Finding]] = {rule.id: [] for rule in rules}
    for finding in evaluate(rules, snapshot_of(calls), proofs=PROOFS):
        found[finding.rule].append(finding)
    return {rule: tuple(findings) for rule, findings in found.items()}


def asking(rules: Sequence[Rule], calls: Mapping[CallKey, CaseCall]) -> Mapping[CallKey, tuple[Rule, ...]]:
    """The rules by the call whose answer they ask for; the others cannot say anything else for it."""
    return rules_that_asked(rules, Kept(snapshot_of(calls)), PROOFS)


def outcomes(findings: Sequence[Finding]) -> frozenset[Outcome]:
    """What the findings of a rule say."""
    return frozenset(finding.outcome for finding in findings)


def denied(calls: Mapping[CallKey, CaseCall], call: CallKey) -> dict[CallKey, CaseCall]:
    """The calls with one refused."""
    return {**calls, call: replace(calls[call], pages=(), error=error_of("AccessDenied", call))}


class Judge:
    """The rules that pass on the sound account, and what each may say of a mutation of it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.calls = sound_calls()
        sound = judged(rules, self.calls)
        self.rules = tuple(rule for rule in rules if outcomes(sound[rule.id]) == {Outcome.PASS})
        self._asking = asking(self.rules, self.calls)
        self._denied: dict[CallKey, dict[RuleId, frozenset[Outcome]]] = {}

    def wrong(self, mutation: Mutation) -> list[str]:
        """What rules say of an answer that AWS never gives and may not: a pass, or nothing, that rests on it.

        A rule may say that it does not know, and what it says when the call is refused: it does not rest on it then.
        A malformed item beside sound ones may leave a pass that the sound ones prove, and cite. Rules that never asked
        for the answer say what they said.
        """
        rules = self._asking[mutation.call]
        said = judged(rules, mutated(self.calls, mutation))
        wrong = [f"{mutation}: {rule.id} says nothing" for rule in rules if not said[rule.id]]
        if mutation.violates:
            refused = self._refused(mutation.call)
            for rule in rules:
                found = outcomes(said[rule.id])
                proven = found == {Outcome.PASS} and (mutation.kind in BESIDE or beside(mutation, said[rule.id]))
                if Outcome.UNKNOWN not in found and found != refused[rule.id] and not proven:
                    wrong.append(f"{mutation}: {rule.id} says {', '.join(sorted(found))}")
        return wrong

    def _refused(self, call: CallKey) -> dict[RuleId, frozenset[Outcome]]:
        if call not in self._denied:
            said = judged(self._asking[call], denied(self.calls, call))
            self._denied[call] = {rule: outcomes(findings) for rule, findings in said.items()}
        return self._denied[call]


def beside(mutation: Mutation, passes: Sequence[Finding]) -> bool:
    """Whether the passes of a rule that one item proves all cite items of the listing, and none that is mutated."""
    able = ONE_IS_ENOUGH.get(mutation.call.operation, frozenset())
    return all(finding.rule in able and _proven(mutation, finding) for finding in passes)


def _proven(mutation: Mutation, finding: Finding) -> bool:
    cited = [source.pointer for source in finding.sources if source.call == mutation.call]
    return bool(cited) and not any(_touches(mutation.place, pointer) for pointer in cited)


def _touches(place: str, item: str) -> bool:
    """Whether one of two JSON Pointers leads into what the other leads to."""
    return f"{place}/".startswith(f"{item}/") or f"{item}/".startswith(f"{place}/")


def mutated(calls: Mapping[CallKey, CaseCall], mutation: Mutation) -> dict[CallKey, CaseCall]:
    """The calls with one answer changed."""
    call = calls[mutation.call]
    page = _changed(call.pages[0], mutation.pointer, mutation.value)
    return {**calls, mutation.call: replace(call, pages=(page, *call.pages[1:]))}


def _changed(value: Any, pointer: Pointer, new: Any) -> Any:
    if not pointer:
        return new
    step, *rest = pointer
    whole = copy.copy(value)
    if rest or new is not VANISHED:
        whole[step] = _changed(value[step], tuple(rest), new)
    else:
        del whole[step]
    return whole


def mutations(calls: Mapping[CallKey, CaseCall]) -> Iterator[Mutation]:
    """Every mutation of every place of every answer, in a fixed order."""
    for call in calls.values():
        shape = answer_shape(call.operation)
        if not call.pages or shape is None:
            continue
        for pointer, kind, value in _places((), Named(shape.structure), call.pages[0]):
            for name, new, violates in _changes(kind, value, pointer):
                yield Mutation(call.key, pointer, name, new, violates)


def _places(pointer: Pointer, kind: Type | None, value: Any) -> Iterator[tuple[Pointer, Type | None, Any]]:
    """Every place of an answer with its documented type; None where no model knows it."""
    yield pointer, kind, value
    if isinstance(value, dict):
        for name, held in value.items():
            inner = structure(kind.name).members.get(name) if isinstance(kind, Named) else None
            inner = kind.value if isinstance(kind, Mapped) else inner
            yield from _places((*pointer, name), inner, held)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places((*pointer, index), kind.item if isinstance(kind, Listed) else None, item)


def _changes(kind: Type | None, value: Any, pointer: Pointer) -> Iterator[tuple[str, Any, bool]]:
    """Name, new value, and whether that is against the shape."""
    known = kind is not None
    if pointer:
        yield "deleted", VANISHED, False
    yield "null", None, known
    yield "deeply nested", DEEP, known
    yield "a list of null", [None], known
    yield "an object of an object", {"a": {"b": []}}, known and not isinstance(kind, Named)
    if not isinstance(value, str):
        yield "a text", "text", known
    if not isinstance(value, bool):
        yield "true", True, known
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield "a number", 7, known
    yield "a huge number", 10**400, known
    yield "a number of thousands of digits", DIGITS, known
    yield "not a number", float("nan"), known
    yield "infinity", float("inf"), known
    if isinstance(kind, Scalar) and kind.kind != "number":
        yield "a negative number", -1, True
    yield from _changes_within(kind, value)


def _changes_within(kind: Type | None, value: Any) -> Iterator[tuple[str, Any, bool]]:
    known = kind is not None
    if isinstance(value, list):
        yield "an empty list", [], False
        yield "items twice", [*value, *value], False
        yield "a null among them", [*value, None], known
        yield "a text among them", ["text", *value], known and _holds_objects(kind)
    elif isinstance(value, dict):
        yield "an empty object", {}, False
    elif isinstance(value, str):
        yield "an empty text", "", False
        yield "a very long text", "x" * 100_000, False
        yield "a text that is nested too deeply", "[" * 100_000, False


def _holds_objects(kind: Type | None) -> bool:
    return isinstance(kind, Listed) and not isinstance(kind.item, Scalar)


@dataclass(frozen=True, slots=True)
class Place:
    """One place of one answer."""

    call: CallKey
    pointer: Pointer

    def __str__(self) -> str:
        steps = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in self.pointer)
        return f"{self.call.operation}#/pages/0{steps}"


def places(calls: Mapping[CallKey, CaseCall]) -> Iterator[Place]:
    """Every place of every answer, and of every structure one member that the answer leaves out."""
    for call in calls.values():
        shape = answer_shape(call.operation)
        for pointer, kind, value in _places((), Named(shape.structure), call.pages[0]) if call.pages and shape else ():
            yield Place(call.key, pointer)
            if isinstance(kind, Named):
                left_out = (name for name in structure(kind.name).members if name not in value)
                yield from (Place(call.key, (*pointer, name)) for name in sorted(left_out)[:1])


def with_unknown(calls: Mapping[CallKey, CaseCall], *unknown: Place) -> dict[CallKey, CaseCall]:
    """The calls with places marked as not known."""
    changed = dict(calls)
    for place in unknown:
        mark = UnknownPlace(str(place).partition("#")[2], "a plan")
        changed[place.call] = replace(changed[place.call], unknown=(*changed[place.call].unknown, mark))
    return changed


def told(findings: Mapping[RuleId, Sequence[Finding]], outcome: Outcome) -> set[tuple[str, str, str]]:
    """Which rules said so, and of what."""
    listed = (finding for each in findings.values() for finding in each)
    return {(finding.rule, finding.region, finding.resource) for finding in listed if finding.outcome is outcome}


BROKEN = """
cases:
  - name: broken
    set:
      cloudtrail.GetTrailStatus#/IsLogging: false
      cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabled: false
      "cloudwatch.DescribeAlarms#/MetricAlarms/0/AlarmActions": []
      "logs.DescribeMetricFilters#/metricFilters/0/filterPattern": "{ $.eventName = DeleteTrail }"
      "s3.GetBucketVersioning#/Status": Suspended
    expect: fail
"""
"""What is wrong with a broken account, in the words of case files."""


@cache
def broken_calls() -> dict[CallKey, CaseCall]:
    """The calls of an account on which many rules fail."""
    problems: list[str] = []
    calls, _ = apply_changes(parse_yaml("broken", BROKEN), ("cases", 0), dict(sound_calls()), problems)
    assert problems == []
    return calls


EVERY = tuple(mutations(sound_calls()))
SAMPLE = 90
MIXED = sorted(EVERY, key=lambda mutation: hashlib.sha256(str(mutation).encode()).digest())
CHOSEN = EVERY if os.environ.get("TRAILWITNESS_EVERY_MUTATION") else MIXED[:SAMPLE]
EVERY_PLACE = sorted(places(sound_calls()), key=lambda place: hashlib.sha256(str(place).encode()).digest())
CHOSEN_PLACES = EVERY_PLACE if os.environ.get("TRAILWITNESS_EVERY_MUTATION") else EVERY_PLACE[:SAMPLE]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge([rule for rule in load_rules() if rule.check.over is Over.FACTS])


def test_there_is_something_to_mutate_and_to_judge(judge: Judge) -> None:
    assert len(EVERY) > 2000
    assert len(judge.rules) > 35
    assert sum(mutation.violates for mutation in CHOSEN) > SAMPLE // 2


def test_nothing_passes_or_vanishes_by_what_is_malformed(judge: Judge) -> None:
    assert [wrong for mutation in CHOSEN for wrong in judge.wrong(mutation)] == []


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(EVERY), min_size=2, max_size=5, unique_by=lambda mutation: mutation.call))
def test_several_malformed_answers_break_nothing(judge: Judge, chosen: list[Mutation]) -> None:
    calls = judge.calls
    for mutation in chosen:
        calls = mutated(calls, mutation)
    try:
        assert all(judged(judge.rules, calls).values())
    except TrailwitnessError as error:
        pytest.fail(f"an answer of AWS must not stop it: {error}")


@pytest.mark.parametrize("calls", [sound_calls(), broken_calls()], ids=["sound", "broken"])
def test_what_is_not_known_makes_a_verdict_unknown_at_most(calls: dict[CallKey, CaseCall]) -> None:
    rules = [rule for rule in load_rules() if rule.check.over is Over.FACTS]
    before, asked = judged(rules, calls), asking(rules, calls)
    wrong = []
    for place in CHOSEN_PLACES:
        after = judged(asked[place.call], with_unknown(calls, place))
        wrong += [f"{place}: {rule} says nothing" for rule, findings in after.items() if not findings]
        for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE):
            wrong += [f"{place}: {outcome} of {new}" for new in told(after, outcome) - told(before, outcome)]
    assert wrong == []


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(EVERY_PLACE), min_size=2, max_size=6, unique_by=str))
def test_several_places_that_are_not_known(judge: Judge, chosen: list[Place]) -> None:
    after = judged(judge.rules, with_unknown(judge.calls, *chosen))
    assert {outcome for findings in after.values() for outcome in outcomes(findings)} <= {Outcome.PASS, Outcome.UNKNOWN}
    assert all(after.values())
