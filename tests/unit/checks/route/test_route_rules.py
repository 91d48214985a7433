"""The shipped route rules: what they ask for, and how published filters fare against them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.checks.route import required_events
from scanner.checks.route.comparison import literals
from scanner.content.rules import load_rules
from scanner.errors import ContentError, PatternError
from scanner.model import RouteCheck, Rule
from scanner.pattern import And, Compare, Expr, JsonPattern, Or, covers, divided, parse

ROUTES = {rule.id.partition(".")[2]: (rule, rule.check) for rule in load_rules() if isinstance(rule.check, RouteCheck)}

NAMES = {
    "cloudtrail-config-changes": 5,
    "config-changes": 4,
    "console-auth-failures": 1,
    "console-signin-without-mfa": 1,
    "iam-policy-changes": 16,
    "kms-key-disable-or-delete": 2,
    "nacl-changes": 6,
    "network-gateway-changes": 6,
    "organizations-changes": 18,
    "root-usage": 0,
    "route-table-changes": 7,
    "s3-bucket-policy-changes": 9,
    "security-group-changes": 7,
    "unauthorized-api-calls": 0,
    "vpc-changes": 11,
}


def event_names(expr: Expr) -> Iterator[str]:
    if isinstance(expr, And | Or):
        for part in expr.parts:
            yield from event_names(part)
    elif isinstance(expr, Compare) and expr.selector.steps == ("eventName",) and expr.op == "=":
        yield str(getattr(expr.value, "text", ""))


def required(rule: Rule, check: RouteCheck, *, extended: bool = False) -> JsonPattern:
    values = {each.name: each.default for each in rule.parameters}
    return required_events(check, values | {"extended": extended})


def test_every_route_of_the_benchmark_is_there() -> None:
    counts = {name: len(set(event_names(required(*ROUTES[name]).expr))) for name in NAMES}
    assert counts == NAMES


@pytest.mark.parametrize("name", sorted(ROUTES.keys() - NAMES))
def test_the_events_of_other_routes_fit_into_a_few_filters(name: str) -> None:
    for extended in (False, True):
        wanted = required(*ROUTES[name], extended=extended)
        filters = [parse(text) for text in divided(wanted)]
        assert covers(wanted, filters).verdict == "covered"
        assert len(filters) <= (12 if extended else 3)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_events_can_be_deployed_as_they_stand(name: str) -> None:
    rule, check = ROUTES[name]
    assert len(check.events) <= 1024
    assert covers(required(rule, check), [parse(check.events)]).verdict == "covered"
    guards = {text for text in literals(required(rule, check).expr) if text.endswith(".amazonaws.com")}
    assert len(guards) <= 1


@pytest.mark.parametrize("name", sorted(name for name, count in NAMES.items() if count > 1))
def test_a_filter_without_one_of_the_names_loses_exactly_that(name: str) -> None:
    wanted = required(*ROUTES[name])
    names = list(dict.fromkeys(event_names(wanted.expr)))
    for missing in names:
        rest = " || ".join(f"($.eventName = {other})" for other in names if other != missing)
        coverage = covers(wanted, [parse(f"{{ {rest} }}")], realistic=True)
        assert coverage.missed == (() if "ClassicLink" in missing else (missing,))


@pytest.mark.parametrize("name", sorted(name for name in NAMES if ROUTES[name][1].extended))
def test_the_extended_events_are_more(name: str) -> None:
    rule, check = ROUTES[name]
    coverage = covers(required(rule, check, extended=True), [parse(check.events)], realistic=True)
    assert check.extended is not None
    extended = parse(check.extended)
    assert isinstance(extended, JsonPattern)
    assert set(coverage.missed) == set(event_names(extended.expr))


CONTROLS = {
    "root_usage": "root-usage",
    "iam_policy_changes": "iam-policy-changes",
    "cloudtrail_changes": "cloudtrail-config-changes",
    "console_auth_failures": "console-auth-failures",
    "cmk_disable_delete": "kms-key-disable-or-delete",
    "s3_bucket_policy_changes": "s3-bucket-policy-changes",
    "config_changes": "config-changes",
    "nacl_changes": "nacl-changes",
    "network_gateway_changes": "network-gateway-changes",
    "route_table_changes": "route-table-changes",
    "organizations_changes": "organizations-changes",
}
"""Controls of which the rule asks for exactly what the benchmark's text matches."""


def test_published_filters_are_judged_by_what_they_lose(corpus: Path) -> None:
    tried = 0
    for line in (corpus / "filter-patterns" / "real.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        name = CONTROLS.get(case["control"])
        if name is None:
            continue
        tried += 1
        try:
            deployed = parse(case["pattern"])
        except PatternError:
            assert case["verdict_vs_cis"] == "invalid", case["id"]
            continue
        verdict = covers(required(*ROUTES[name]), [deployed], realistic=True).verdict
        assert verdict == ("not_covered" if case["realistic_missed"] else "covered"), case["id"]
    assert tried > 50


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ("StopLogging", "Events are matched by a JSON pattern"),
        ("{ ($.eventName = a) && ($.eventName = b) }", "no event can match this pattern"),
    ],
)
def test_events_that_cannot_be_meant_are_refused(tmp_path: Path, events: str, words: str) -> None:
    rule, _ = ROUTES["root-usage"]
    begin, end = rule.text.index("\nevents: |") + 1, rule.text.index("\naccept:") + 1
    file = tmp_path / "route" / "root-usage.yaml"
    file.parent.mkdir()
    file.write_text(f"{rule.text[:begin]}events: '{events}'\n{rule.text[end:]}", encoding="utf-8")
    with pytest.raises(ContentError, match=words):
        load_rules([tmp_path])
