"""Waivers, attestations and baselines as files: every mistake with its place, and what is right read whole."""

from datetime import date
from pathlib import Path

import pytest

from scanner.content.frameworks import load_frameworks
from scanner.content.rules import load_rules
from scanner.content.stated.attestations import next_due, read_attestations
from scanner.content.stated.baseline import baseline_text, read_baseline
from scanner.content.stated.waivers import read_waivers
from scanner.errors import ContentError
from scanner.model import WORKSHEET, KnownFailure, RuleId, WaiverKind

WAIVER = {
    "id": "W-1",
    "rule": "trail.kms-encrypted",
    "scope": "{accounts: ['111122223333']}",
    "kind": "risk-accepted",
    "justification": "It goes in spring.",
    "approver": "Ann Lee, CISO",
    "from": "2026-01-01",
    "until": "2026-12-31",
}
WORKSHEET_TEXT = "{" + ", ".join(f"{key}: About it" for key in WORKSHEET) + "}"
RULES = {"trail.kms-encrypted", "trail.tagged"}


def written(folder: Path, *entries: dict[str, str], key: str = "waivers") -> Path:
    lines = [f"{key}:"]
    for entry in entries:
        lines += [
            f"{'  - ' if number == 0 else '    '}{name}: {text}" for number, (name, text) in enumerate(entry.items())
        ]
    path = folder / f"{key}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_waiver_is_read_whole(tmp_path: Path) -> None:
    full = {**WAIVER, "kind": "compensating-control", "ticket": "SEC-1", "worksheet": WORKSHEET_TEXT}
    (plain, full_waiver), text = read_waivers(written(tmp_path, WAIVER, {**full, "id": "W-2"}), RULES)
    assert (plain.id, plain.since, plain.until) == ("W-1", date(2026, 1, 1), date(2026, 12, 31))
    assert (plain.scope.accounts, plain.scope.regions, plain.ticket) == (("111122223333",), ("*",), "")
    assert full_waiver.kind is WaiverKind.COMPENSATING_CONTROL
    assert tuple(key for key, _ in full_waiver.worksheet) == WORKSHEET
    assert text.startswith("waivers:")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until": None}, "lacks the key 'until'"),
        ({"approver": "''"}, "must name who approved it"),
        ({"approver": "'  '"}, "must name who approved it"),
        ({"justification": "' '"}, "must say something"),
        ({"scope": "{}"}, "scope must not be empty"),
        ({"scope": "{account: ['1']}"}, "Did you mean 'accounts'?"),
        ({"scope": "{accounts: []}"}, "accounts must not be empty"),
        ({"scope": "{accounts: [111122223333]}"}, "put it in quotes"),
        ({"kind": "accepted"}, "must be one of"),
        ({"rule": "trail"}, "must be the id of one rule"),
        ({"rule": "trail.kms-encrypted-too"}, "there is no rule trail.kms-encrypted-too. Did you mean"),
        ({"until": "2026-02-30"}, "there is no such day"),
        ({"until": "tomorrow"}, "must be a date such as"),
        ({"until": "2025-12-31"}, "until is before from"),
        ({"kind": "compensating-control"}, "lacks its worksheet"),
        ({"worksheet": WORKSHEET_TEXT}, "belongs to kind: compensating-control only"),
        ({"kind": "compensating-control", "worksheet": "{constraints: a}"}, "lacks the keys"),
        ({"expires": "2026-01-01"}, "the key 'expires' is not known here"),
    ],
)
def test_a_mistake_in_a_waiver_is_named_with_its_place(
    changes: dict[str, str | None], sentence: str, tmp_path: Path
) -> None:
    entry = {name: text for name, text in {**WAIVER, **changes}.items() if text is not None}
    path = written(tmp_path, entry)
    with pytest.raises(ContentError) as refused:
        read_waivers(path, RULES)
    assert any(problem.startswith(f"{path}:") and sentence in problem for problem in refused.value.problems)


def test_a_second_waiver_of_one_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="is here a second time; first in line 2"):
        read_waivers(written(tmp_path, WAIVER, WAIVER), RULES)


ATTESTATION = {
    "framework": "pci-dss-4.0.1",
    "control": "'10.1.1'",
    "person": "Jo Roe",
    "role": "CISO",
    "date": "2026-11-01",
    "statement": "The policies were reviewed.",
    "cadence": "yearly",
}
FRAMEWORKS = load_frameworks(("pci-dss-4.0.1", "cis-aws-5.0.0"), {rule.id for rule in load_rules()})


def test_an_attestation_is_read_whole(tmp_path: Path) -> None:
    attached = "[{name: policy.pdf, sha256: " + "a" * 64 + "}]"
    path = written(tmp_path, {**ATTESTATION, "files": attached}, key="attestations")
    ((stated,), _) = read_attestations(path, FRAMEWORKS)
    assert (stated.control, stated.made, stated.next_due) == ("10.1.1", date(2026, 11, 1), date(2027, 11, 1))
    assert stated.files[0].name == "policy.pdf"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"control": "'10.1.99'"}, "pci-dss-4.0.1 has no control 10.1.99"),
        ({"control": "10.1"}, "in quotes"),
        ({"framework": "cis-aws-5.0.0", "control": "'3.2'"}, "rules decide cis-aws-5.0.0 3.2 in full"),
        ({"date": "2026-13-01"}, "there is no such day"),
        ({"cadence": "sometimes"}, "must be one of"),
        ({"person": "''"}, "must be text on one line"),
        ({"files": "[{name: a, sha256: abc}]"}, "64 hexadecimal digits"),
    ],
)
def test_a_mistake_in_an_attestation_is_named(changes: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as refused:
        read_attestations(written(tmp_path, {**ATTESTATION, **changes}, key="attestations"), FRAMEWORKS)
    assert any(sentence in problem for problem in refused.value.problems)


def test_an_attached_file_beside_it_has_the_digest_stated(tmp_path: Path) -> None:
    (tmp_path / "policy.pdf").write_bytes(b"new")
    attached = "[{name: policy.pdf, sha256: " + "a" * 64 + "}]"
    path = written(tmp_path, {**ATTESTATION, "files": attached}, key="attestations")
    with pytest.raises(ContentError, match=r"the SHA-256 of policy\.pdf beside this file is 11507a0e"):
        read_attestations(path, FRAMEWORKS)
    assert read_attestations(path, FRAMEWORKS, files=False)[0]


@pytest.mark.parametrize(
    ("cadence", "due"),
    [
        ("daily", date(2026, 2, 1)),
        ("weekly", date(2026, 2, 7)),
        ("monthly", date(2026, 2, 28)),
        ("quarterly", date(2026, 4, 30)),
        ("half-yearly", date(2026, 7, 31)),
        ("yearly", date(2027, 1, 31)),
    ],
)
def test_the_next_attestation_is_due_one_period_later(cadence: str, due: date) -> None:
    assert next_due(date(2026, 1, 31), cadence) == due


def test_a_baseline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    known = {
        KnownFailure(RuleId("a.b"), "111122223333", "", 'x"\u2028'),
        KnownFailure(RuleId("a.c"), "1" * 12, "r", "y"),
    }
    path = tmp_path / "baseline.json"
    path.write_text(baseline_text(["111122223333"], "2026-11-01T00:00:00Z", known), encoding="utf-8")
    baseline, text = read_baseline(path)
    assert (baseline.known, baseline.accounts, baseline.made) == (
        frozenset(known),
        ("111122223333",),
        "2026-11-01T00:00:00Z",
    )
    assert baseline_text(baseline.accounts, baseline.made, baseline.known) == text
    path.write_text(baseline_text([], "t", ()), encoding="utf-8")
    assert read_baseline(path)[0].known == frozenset()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"schema": "trailwitness/assessment/v1"}', '{"schema": "trailwitness/baseline/v1"}']
)
def test_what_is_not_a_baseline_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match="this is not a baseline"):
        read_baseline(path)
