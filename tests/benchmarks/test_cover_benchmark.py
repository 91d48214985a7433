"""How long one coverage decision takes; run with ``--benchmark-enable``.

The bound of the real corpus (2 ms in the median, each direction of each row counted) leaves room for slow machines.
"""

import json
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scanner.pattern import CoverageProof, Pattern, PatternError, covers, parse

MEDIAN_SECONDS = 0.002

NAMES = (
    *("AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy", "UpdatePolicy"),
    *("DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy"),
    *("DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization", "MoveAccount"),
)


def any_name(names: Iterable[str], source: str) -> str:
    """The text of a filter for any of the names, with an event source before them."""
    listed = " || ".join(f"($.eventName = {name})" for name in names)
    return f"{{ ($.eventSource = {source}) && ({listed}) }}"


REQUIRED = any_name(NAMES, "organizations.amazonaws.com")
DENIED = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'
EXCLUDING = (
    '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && '
    '($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }'
)


@pytest.mark.parametrize("realistic", [False, True], ids=["logical", "realistic"])
@pytest.mark.parametrize(
    ("required", "deployed", "verdict"),
    [
        (REQUIRED, [REQUIRED.replace("organizations.amazonaws.com", '"organizations.*"')], "covered"),
        (REQUIRED, [REQUIRED.replace("MoveAccount", "MoveAccounts")], "not_covered"),
        (REQUIRED, [f"{{ $.eventName = {name} }}" for name in NAMES], "covered"),
        (DENIED, [EXCLUDING], "not_covered"),
        (DENIED, ["{ $.errorCode = *Denied* }", "{ $.errorCode = *Unauthorized* }"], "covered"),
    ],
    ids=["superset", "one-missing", "one-filter-an-event", "wildcards", "wildcard-union"],
)
def test_one_decision(
    benchmark: BenchmarkFixture, required: str, deployed: list[str], verdict: str, *, realistic: bool
) -> None:
    wanted, filters = parse(required), [parse(text) for text in deployed]
    answer: CoverageProof = benchmark(covers, wanted, filters, realistic=realistic)
    assert answer.verdict == verdict


def corpus_pairs(corpus: Path) -> list[tuple[Pattern, Pattern]]:
    """Every valid pattern of the corpus with the first one of its control, in both directions."""
    pairs: list[tuple[Pattern, Pattern]] = []
    first: dict[str, Pattern] = {}
    for line in (corpus / "filter-patterns" / "real.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            pattern = parse(row["pattern"])
        except PatternError:
            continue
        if row["verdict_vs_cis"] == "equivalent":
            first.setdefault(row["control"], pattern)
        if row["control"] in first:
            pairs += [(first[row["control"]], pattern), (pattern, first[row["control"]])]
    return pairs


@pytest.mark.parametrize("realistic", [False, True], ids=["logical", "realistic"])
def test_the_real_corpus(benchmark: BenchmarkFixture, corpus: Path, *, realistic: bool) -> None:
    pairs = corpus_pairs(corpus)
    assert len(pairs) > 250
    seconds: list[float] = []

    def decide_all() -> None:
        for required, deployed in pairs:
            start = time.perf_counter()
            covers(required, [deployed], realistic=realistic)
            seconds.append(time.perf_counter() - start)

    benchmark(decide_all)
    benchmark.extra_info["median_ms"] = round(statistics.median(seconds) * 1000, 3)
    benchmark.extra_info["decisions"] = len(pairs)
    assert statistics.median(seconds) <= MEDIAN_SECONDS


def test_a_hundred_filters(benchmark: BenchmarkFixture) -> None:
    names = [f"Event{number:03}" for number in range(1000)]
    filters = [parse(any_name(names[at : at + 10], "x")) for at in range(0, 1000, 10)]
    required = parse(any_name(names[::40], "x"))
    assert benchmark(covers, required, filters).verdict == "covered"
