"""The compiled rule set finds exactly the records that the pattern language finds, whatever the records hold."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.content.rules import load_rules
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.judging.rule_set import RuleSet
from scanner.events.reading.fields.views import record_text
from scanner.model import LogEventsCheck
from scanner.pattern import ANY, And, Compare, Expr, JsonPattern, Number, Or, Selector, Text, matcher
from scanner.pattern.language.nodes import IsBool, IsNull, NotExists, Regex

laws = settings(max_examples=120, deadline=None)

TEXTS = [
    "StopLogging",
    "PutObject",
    "iam.amazonaws.com",
    "Root",
    "AccessDenied",
    "1",
    "1.0",
    "10",
    "é",
    'a"b',
    "",
    "Stop",
]
PATHS: list[tuple[str | int, ...]] = [
    ("eventName",),
    ("eventSource",),
    ("errorCode",),
    ("userIdentity", "type"),
    ("userIdentity",),
    ("userIdentity", "sessionContext", "mfa"),
    ("userAgent",),
    ("requestParameters", "key"),
    ("requestParameters", "list", 0),
    ("requestParameters", "list", 0, "key"),
    ("readOnly",),
    ("EventName",),
    ("x.y",),
]
NUMBERS = [
    "1",
    "1.0",
    "10",
    "1e1",
    "-0",
    "-0.0",
    "0.1",
    "1e999",
    "12345678901234567890123",
    "9007199254740993",
    "5e-324",
]

keys = st.sampled_from(sorted({step for path in PATHS for step in path if isinstance(step, str)})) | st.text(max_size=2)
scalars = (
    st.sampled_from(TEXTS).map(json.dumps)
    | st.sampled_from(TEXTS).map(lambda text: '"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"')
    | st.sampled_from(NUMBERS)
    | st.sampled_from(["null", "true", "false"])
    | st.text(max_size=4).map(json.dumps)
)


def spelled(key: str, *, escaped: bool) -> str:
    if escaped and key.isascii():
        return '"' + f"\\u{ord(key[0]):04X}" + json.dumps(key[1:])[1:] if key else '""'
    return json.dumps(key)


def members(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An object as text: keys in any order, several times, escaped or not."""
    pair = st.builds(
        lambda key, escaped, value: f"{spelled(key, escaped=escaped)}:{value}", keys, st.booleans(), values
    )
    return st.lists(pair, max_size=5).map(lambda pairs: "{" + ",".join(pairs) + "}")


values = st.recursive(
    scalars,
    lambda inner: members(inner) | st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
    max_leaves=6,
)
realistic = st.fixed_dictionaries(
    {},
    optional={
        "eventName": st.sampled_from(TEXTS).map(json.dumps) | scalars,
        "eventSource": st.sampled_from(TEXTS).map(json.dumps),
        "errorCode": st.sampled_from(TEXTS).map(json.dumps) | scalars,
        "userIdentity": st.sampled_from(['{"type":"Root"}', '{"type":"IAMUser","sessionContext":{"mfa":"1"}}', "null"])
        | values,
        "requestParameters": members(values) | st.just("null"),
        "readOnly": scalars,
        "userAgent": scalars,
    },
).map(lambda found: "{" + ",".join(f'"{key}":{value}' for key, value in found.items()) + "}")
records = realistic | members(values)

selectors = st.sampled_from(PATHS).map(Selector) | st.sampled_from(PATHS).map(lambda path: Selector((*path[:2], ANY)))
texts = st.sampled_from([*TEXTS, "*", "Stop*", "*Denied", "*a*", "1*"]).map(Text)
numbers = st.sampled_from([number for number in NUMBERS if number != "1e999"]).map(Number)
atoms = (
    st.builds(Compare, selectors, st.sampled_from(["=", "=", "!="]), texts | numbers)
    | st.builds(Compare, selectors, st.sampled_from(["<", ">="]), numbers)
    | st.builds(Compare, selectors, st.just("="), st.just(Regex("^S")))
    | st.builds(IsNull, selectors)
    | st.builds(IsBool, selectors, st.booleans())
    | st.builds(NotExists, selectors)
)
bound = st.builds(Compare, st.just(Selector(("eventName",))), st.just("="), st.sampled_from(TEXTS).map(Text))
expressions: st.SearchStrategy[Expr] = st.recursive(
    atoms | bound,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
    ),
    max_leaves=5,
)
conditions = st.builds(Condition, expressions, st.none() | expressions)


def expected(given_conditions: list[Condition], texts_of_records: list[str]) -> set[tuple[int, int]]:
    found = set()
    for number, condition in enumerate(given_conditions):
        events = matcher(JsonPattern(condition.events))
        excluded = matcher(JsonPattern(condition.excluded)) if condition.excluded is not None else None
        for at, text in enumerate(texts_of_records):
            if events(text) and not (excluded is not None and excluded(text)):
                found.add((at, number))
    return found


@laws
@given(st.lists(conditions, min_size=1, max_size=6), st.lists(records, min_size=1, max_size=8))
def test_generated_rules_on_generated_records(rules: list[Condition], texts_of_records: list[str]) -> None:
    raw = [msgspec.Raw(text.encode("utf-8", "surrogatepass")) for text in texts_of_records]
    read = [record_text(record) for record in raw]
    assert set(RuleSet(rules).match(raw)) == expected(rules, read)
    one_by_one = RuleSet(rules)
    assert {(at, number) for at in range(len(raw)) for _, number in one_by_one.match([raw[at]])} == expected(
        rules, read
    )


@laws
@given(st.lists(conditions, min_size=1, max_size=4), st.binary(max_size=80))
def test_any_bytes(rules: list[Condition], content: bytes) -> None:
    record = b'{"eventName":"StopLogging","x":"' + content + b'"}'
    assert set(RuleSet(rules).match([record, content])) == expected(rules, [record_text(record), record_text(content)])


def corpus_records(corpus: Path) -> Iterator[bytes]:
    for line in (corpus / "events" / "labelled.jsonl").read_bytes().splitlines():
        yield json.dumps(json.loads(line)["event"]).encode()
    for path in sorted((corpus / "events" / "AWSLogs").rglob("*.json.gz")):
        for record in msgspec.json.decode(gzip.decompress(path.read_bytes()), type=dict[str, list[msgspec.Raw]])[
            "Records"
        ]:
            yield bytes(record)


HAND_WRITTEN: list[Any] = [
    Compare(Selector(("eventName",)), "=", Text("Get*")),
    Compare(Selector(("userAgent",)), "=", Text("*Boto3*")),
    Compare(Selector(("requestParameters", ANY)), "=", Text("*a*")),
    Compare(Selector(("resources", ANY, "type")), "=", Text("AWS::S3::Object")),
    Compare(Selector(("requestParameters", "ipPermissions", "items", 0, "fromPort")), "=", Number("22")),
    And((IsBool(Selector(("readOnly",)), value=False), NotExists(Selector(("errorCode",))))),
    Or((IsNull(Selector(("requestParameters",))), Compare(Selector(("eventVersion",)), ">=", Number("1.08")))),
    And(
        (
            Compare(Selector(("userIdentity", "type")), "!=", Text("AWSService")),
            Compare(Selector(("eventSource",)), "!=", Text("s3.amazonaws.com")),
        )
    ),
]


def test_shipped_rules_on_recorded_events(corpus: Path) -> None:
    shipped = [rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck)]
    rules = [judged.condition for judged in judged_rules(shipped)]
    rules += [Condition(expr, None) for expr in HAND_WRITTEN]
    rules += [Condition(rule.events, HAND_WRITTEN[1]) for rule in rules[:5]]
    raw = list(corpus_records(corpus))
    assert len(raw) > 6000
    found = set(RuleSet(rules).match(raw))
    assert found == expected(rules, [record.decode() for record in raw])
    assert len({number for _, number in found}) > len(rules) / 2
