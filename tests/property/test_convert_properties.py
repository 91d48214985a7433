"""Converted patterns choose the same records: by EventBridge's matcher, in an SQL engine, by what a filter means."""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scanner.errors import PatternError
from scanner.pattern import matches_value, parse, parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import matches_record
from scanner.pattern.convert import convert
from scanner.pattern.insights.query import read_query
from scanner.pattern.language.nodes import JsonPattern
from scanner.sigma import load_sigma
from tests.unit.pattern.convert.records import CONDITIONS, PATTERNS, RECORDS
from tests.unit.pattern.convert.test_convert import hits

Connection = Any
"""An open connection of the SQL engine, whose own type complains at the end if a signature still holds it."""

Chosen = Callable[[str], list[int]]
"""The text of a conversion in, the numbers of the records that it chooses out."""

SLOW = settings(max_examples=30, deadline=None)


def agree(text: str, to: str, chosen: Chosen) -> None:
    """The conversion chooses what the pattern matches, unless it is refused."""
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    try:
        converted = convert(pattern, to).text
    except PatternError:
        return
    assert chosen(converted) == [number for number, each in enumerate(RECORDS) if matches_value(pattern, each)]


@SLOW
@given(PATTERNS)
def test_an_event_pattern_matches_the_same_records(text: str) -> None:
    def chosen(converted: str) -> list[int]:
        rule = parse_event_pattern(converted)
        return [number for number, each in enumerate(RECORDS) if matches_record(rule, each)]

    agree(text, "event-pattern", chosen)


@SLOW
@given(PATTERNS)
def test_a_query_of_logs_insights_keeps_the_same_records(text: str) -> None:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    try:
        kept = read_query(convert(pattern, "logs-insights").text).kept
    except PatternError:
        return
    surely, at_most = JsonPattern(kept.surely), JsonPattern(kept.at_most)
    for each in RECORDS:
        wanted = matches_value(pattern, each)
        assert wanted or not matches_value(surely, each)
        assert matches_value(at_most, each) or not wanted


@settings(SLOW, max_examples=30)
@given(PATTERNS)
def test_a_sigma_rule_hits_the_same_records(text: str) -> None:
    def chosen(converted: str) -> list[int]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "rule.yml").write_text(f"{converted}\n", encoding="utf-8")
            found = load_sigma(Path(folder))
        # The import leaves out what it takes for a mistake: a rule without a positive condition, or that nothing meets.
        assume(found.rules)
        return [number for number, each in enumerate(RECORDS) if hits(found.rules, each)]

    agree(text, "sigma", chosen)


@SLOW
@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.sampled_from(["&&", "||"]))
def test_a_contributor_insights_rule_counts_the_same_records(conditions: list[str], operator: str) -> None:
    def chosen(converted: str) -> list[int]:
        filters = json.loads(converted)["Contribution"]["Filters"]
        return [number for number, each in enumerate(RECORDS) if passes_all(filters, each)]

    agree(f"{{ {f' {operator} '.join(conditions)} }}", "contributor-insights", chosen)


def passes_all(filters: Sequence[dict[str, Any]], each: dict[str, Any]) -> bool:
    return all(passes(one, each) for one in filters)


def passes(one: dict[str, Any], each: dict[str, Any]) -> bool:
    """Whether a record passes a filter of a Contributor Insights rule, read apart from the conversion."""
    value: Any = each
    for name in one["Match"].removeprefix("$.").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    match one:
        case {"In": texts}:
            return value in texts
        case {"StartsWith": texts}:
            return value is not None and str(value).startswith(tuple(texts))
        case {"NotIn": texts}:
            return value not in texts
        case {"IsPresent": wanted}:
            return (value is not None) is wanted
    raise AssertionError(one)


TABLES = {
    "athena": """
        CREATE TABLE cloudtrail_logs (number INTEGER, eventtime VARCHAR, awsregion VARCHAR, eventsource VARCHAR,
            eventname VARCHAR, sourceipaddress VARCHAR, errorcode VARCHAR, requestparameters VARCHAR,
            useridentity STRUCT(type VARCHAR, arn VARCHAR));
        CREATE MACRO json_extract_scalar(document, path) AS
            json_extract_string(document::JSON, replace(replace(path, '["', '."'), '"]', '"'))
    """,
    "lake": """
        CREATE TABLE EVENT_DATA_STORE_ID (number INTEGER, eventTime VARCHAR, awsRegion VARCHAR, eventSource VARCHAR,
            eventName VARCHAR, sourceIPAddress VARCHAR, errorCode VARCHAR, requestParameters MAP(VARCHAR, VARCHAR),
            userIdentity STRUCT(type VARCHAR, arn VARCHAR));
        CREATE MACRO element_at(map, name) AS map_extract_value(map, name)
    """,
}


COLUMNS = "(number, eventSource, eventName, errorCode, requestParameters, userIdentity)"


def rows(*, maps: bool) -> Iterator[Sequence[Any]]:
    for number, each in enumerate(RECORDS):
        parameters = each["requestParameters"]
        yield (
            number,
            each["eventSource"],
            each.get("eventName"),
            each.get("errorCode"),
            parameters if maps else json.dumps(parameters),
            {"type": each["userIdentity"].get("type"), "arn": None},
        )


@pytest.fixture(scope="module")
def engine() -> Iterator[Connection]:
    """An SQL engine with the records in a table as Athena has them, and in one as CloudTrail Lake has them."""
    with duckdb.connect() as connection:
        for name, statement in TABLES.items():
            connection.execute(statement)
            table = "cloudtrail_logs" if name == "athena" else "EVENT_DATA_STORE_ID"
            connection.executemany(
                f"INSERT INTO {table} {COLUMNS} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - both are ours
                list(rows(maps=name == "lake")),
            )
        yield connection


@pytest.mark.parametrize("to", sorted(TABLES))
@SLOW
@given(text=PATTERNS)
def test_a_query_selects_the_same_records(engine: Connection, to: str, text: str) -> None:
    def chosen(converted: str) -> list[int]:
        engine.execute(converted).fetchall()
        numbered = converted.replace("SELECT ", "SELECT number, ", 1)
        return sorted(row[0] for row in engine.execute(numbered).fetchall())

    agree(text, to, chosen)
