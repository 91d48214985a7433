from dataclasses import replace
from typing import Any

import pytest

from reports.plain_json import compact_json
from reports.wording import (
    NO_REASON,
    event_words,
    evidence_names,
    extras,
    first_line,
    gap_kind,
    gaps_of,
    joined_lately,
    link_lines,
    lookup,
    resource_name,
    route,
)
from scanner.model import AccountScope, Assessment, CallKey, Link, Outcome, RouteDetails, ScanRun, Source


def test_route_says_in_words_where_it_breaks() -> None:
    links = [
        Link("trail", Outcome.PASS, ""),
        Link("filter", Outcome.FAIL, "matches too little", "Changes"),
        Link("alarm", Outcome.UNKNOWN, "not read"),
        Link("topic", Outcome.NOT_APPLICABLE, "no alarm leads to one"),
        Link("person", Outcome.MANUAL, "ask"),
    ]
    assert route(links) == "trail ✓ → filter ✗ broken → alarm ? unknown → topic – not applicable → person ? manual"
    assert link_lines(links)[:2] == ["filter fail (Changes): matches too little", "alarm unknown: not read"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("One.\nTwo.", "One."),
        ("\n \n  Three.  ", "Three."),
        ("", NO_REASON),
        (" \n\t", NO_REASON),
        ("\x00", r"\u0000"),
        ("a" * 200, "a" * 200),
        ("a" * 201, "a" * 199 + "…"),
    ],
)
def test_first_line(text: str, line: str) -> None:
    assert first_line(text, 200) == line


def test_gap_of_an_unknown_finding(assessment: Assessment) -> None:
    found = lookup(assessment)
    unknown = assessment.findings[1]
    assert [gap.operation for gap in gaps_of(unknown, found)] == ["sns.ListSubscriptionsByTopic"]
    assert gap_kind(unknown, found) == "denied"
    assert gap_kind(replace(unknown, sources=(Source(CallKey("", "", "elsewhere"), ""),)), found) == "unknown"


def test_extras_are_in_reading_order(assessment: Assessment) -> None:
    assert [label for label, _ in extras(assessment.findings[0])] == [
        "Lost events",
        "Nearest candidate",
        "Assumption",
        "Warning",
        "Repair",
        "Command",
        "Witness (made-up example)",
    ]


def test_a_route_that_holds_names_no_candidate_that_comes_near(assessment: Assessment) -> None:
    held = replace(assessment.findings[0], outcome=Outcome.PASS)
    assert "Nearest candidate" not in [label for label, _ in extras(held)]


def test_accounts_that_joined_within_a_year(assessment: Assessment) -> None:
    began = "2026-11-20T07:00:00Z"
    times = {"1": "2025-11-20T07:00:00Z", "2": "2025-11-20T07:00:01Z", "3": "", "4": "2026-11-20T06:59:59Z"}
    scopes = {account * 12: AccountScope(("us-east-1",), joined=time) for account, time in times.items()}
    run = ScanRun(collected=replace(assessment.run.collected, started=began), accounts=scopes)
    assert joined_lately(run) == {"2" * 12: "2025-11-20", "4" * 12: "2026-11-20"}


def test_what_is_not_there_is_not_told(assessment: Assessment) -> None:
    sparse = RouteDetails(lost=("StopLogging",), warnings=("one",))
    finding = replace(assessment.findings[0], details=sparse, witness=None)
    assert extras(finding) == [("Lost events", "StopLogging"), ("Warning", "one")]
    assert extras(replace(finding, details=None)) == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            {"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com"},
            "StopLogging of cloudtrail.amazonaws.com",
        ),
        (
            {
                "eventName": "ConsoleLogin",
                "eventSource": "signin.amazonaws.com",
                "userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"},
                "errorCode": "AccessDenied",
                "errorMessage": "Failed authentication",
                "additionalEventData": {"MFAUsed": "No"},
                "eventID": "1",
            },
            (
                "ConsoleLogin of signin.amazonaws.com, errorCode AccessDenied, errorMessage Failed authentication, "
                "userIdentity.type Root, MFAUsed No"
            ),
        ),
        ({"eventName": ["\x1b"], "userIdentity": "odd", "additionalEventData": 1}, r"\u001b of "),
        ({"detail": "x y"}, '{"detail":"x y"}'),
    ],
)
def test_event_words(event: dict[str, Any], words: str) -> None:
    assert event_words(event) == words


def test_many_pointers_become_evidence_numbers(assessment: Assessment) -> None:
    found = lookup(assessment)
    finding = assessment.findings[0]
    call = finding.sources[0].call
    few = replace(finding, sources=tuple(Source(call, f"/pages/{number}") for number in range(8)))
    many = replace(finding, sources=tuple(Source(call, f"/pages/{number}") for number in range(9)))
    assert len(evidence_names(few, found)) == 8
    assert evidence_names(many, found) == ["EV-0001", "EV-0004"]
    assert evidence_names(replace(finding, sources=()), found) == ["EV-0001", "EV-0004"]


@pytest.mark.parametrize(
    ("resource", "region", "name"),
    [
        ("arn:aws:sns:us-east-1:111122223333:t", "us-east-1", "arn:aws:sns:us-east-1:111122223333:t"),
        (
            "arn:aws:sns:us-east-1:111122223333:t",
            "eu-west-1",
            "arn:aws:sns:us-east-1:111122223333:t in 111122223333/eu-west-1",
        ),
        ("arn:aws:s3:::b", "us-east-1", "arn:aws:s3:::b in 111122223333/us-east-1"),
        ("111122223333", "", "account 111122223333"),
        ("111122223333", "us-east-1", "111122223333 in 111122223333/us-east-1"),
        ("x", "", "x in 111122223333"),
    ],
)
def test_resource_name(resource: str, region: str, name: str, assessment: Assessment) -> None:
    assert resource_name(replace(assessment.findings[0], resource=resource, region=region)) == name


def test_compact_json_is_one_visible_line() -> None:
    assert compact_json({"b": "x\ny", "a": "\u202e"}) == r'{"a":"\u202e","b":"x\ny"}'
