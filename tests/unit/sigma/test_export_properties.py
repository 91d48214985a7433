"""Any pattern, exported and read back, matches the same records; any text, written as YAML, is read as itself."""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.documents import parse_yaml
from scanner.pattern import (
    Compare,
    Expr,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Regex,
    Selector,
    Text,
    Value,
    all_of,
    any_of,
    matches,
    parse_events,
)
from scanner.sigma.exporting.detection import detection_of
from scanner.sigma.exporting.raising import NEVER, negation, raised
from scanner.sigma.exporting.raising import all_of as all_formulas
from scanner.sigma.exporting.yaml_text import document
from scanner.sigma.outcome import Unsayable
from scanner.sigma.patterns.fitting import fit
from scanner.sigma.reading.detections import detection_formula

FIELDS = ("eventName", "userAgent", "userIdentity.userName", "requestParameters.policyId")
TEXTS = ("StopLogging", "stoplogging", "a?b", "c\\d", "*Curl*", "a*", "*b", "*", "", "5", "Stop*ing")
VALUES = ("StopLogging", "stoplogging", "a?b", "acb", "c\\d", "xCurly", "5", "", "b", "Stopping", None, 5, 7)


def atom(chance: random.Random) -> Expr:
    selector = Selector(tuple(chance.choice(FIELDS).split(".")))
    kind = chance.randrange(8)
    if kind == 0:
        return NotExists(selector)
    if kind == 1:
        return IsNull(selector)
    if kind == 2:
        return Compare(selector, chance.choice(["<", ">="]), Number("6"))
    values: list[Value] = [Text(chance.choice(TEXTS)), Text(chance.choice(TEXTS)), Number("5"), Regex("^a.b|[Cc]url")]
    return Compare(selector, chance.choice(["=", "=", "!="]), chance.choice(values))


def expression(chance: random.Random, depth: int) -> Expr:
    if depth == 0 or chance.random() < 0.3:
        return atom(chance)
    parts = [expression(chance, depth - 1) for _ in range(chance.randrange(2, 4))]
    return all_of(parts) if chance.random() < 0.5 else any_of(parts)


def record(chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"userIdentity": {}, "requestParameters": {}}
    for field in FIELDS:
        *way, last = field.split(".")
        if chance.random() < 0.8:
            (found[way[0]] if way else found)[last] = chance.choice(VALUES)
    return found


def said_again(events: Expr, excluded: Expr) -> Iterator[tuple[JsonPattern, JsonPattern | None]]:
    """What an import reads in the detection that an export writes. Raises Unsayable for what either cannot say."""
    wanted, unwanted = raised(events), raised(excluded)
    formula = all_formulas([wanted, negation(unwanted)] if unwanted != NEVER else [wanted])
    written = yaml.safe_load(document({"detection": detection_of(formula)}))
    for part in fit(detection_formula(written["detection"])):
        yield parse_events(part.events, {}), parse_events(part.excluded, {}) if part.excluded else None


def holds(events: JsonPattern, excluded: JsonPattern | None, message: str) -> bool:
    return matches(events, message) and not (excluded and matches(excluded, message))


def test_any_pattern_matches_the_same_records_again() -> None:
    chance = random.Random("sigma")  # noqa: S311 - repeatable patterns, not secrets
    compared = 0
    answers = set()
    while compared < 40:
        events, excluded = expression(chance, 2), expression(chance, 1)
        try:
            again = list(said_again(events, excluded))
        except Unsayable:
            continue
        compared += 1
        for _ in range(10):
            message = json.dumps(record(chance))
            expected = holds(JsonPattern(events), JsonPattern(excluded), message)
            answers.add(expected)
            assert any(holds(*part, message) for part in again) is expected, (events, excluded, message, again)
    assert answers == {True, False}


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=100), max_size=2))
@settings(max_examples=40, deadline=None)
def test_any_text_is_read_as_itself(texts: Mapping[str, str]) -> None:
    written = document({"texts": dict(texts), "listed": list(texts.values())})
    assert yaml.safe_load(written) == {"texts": dict(texts), "listed": list(texts.values())}
    assert parse_yaml("texts", written).value == yaml.safe_load(written)
