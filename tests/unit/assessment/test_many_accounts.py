"""The calls and findings of many accounts are packed: everything said of them is what is said of a few, to the byte."""

import io
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import scanner.snapshot.call_index
from reports.bundle.content import Content, KnownFile
from reports.document.reading import read_assessment
from reports.document.writing import document_bytes, document_pieces
from reports.formats import FORMATS
from reports.formats.text import summary
from scanner.model import Assessment, CallKey, Outcome, Over, ResourceCheck, ResourceScope, Rule
from scanner.model.packed import Packed
from scanner.runs.collecting import plan_for
from scanner.runs.configuration import judge, sealed
from scanner.runs.selection import Selection, select
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.call_index import CallIndex

MEMBERS = 6


@pytest.fixture(scope="module")
def selection() -> Selection:
    wanted = ("route.cloudtrail-config-changes", "bucket.mfa-delete", "loggroup.kms", "trail.multi-region-logging")
    every = select((), (), (), ())
    return replace(every, rules=tuple(everywhere(rule) for rule in every.rules if rule.id in wanted))


def everywhere(rule: Rule) -> Rule:
    """The rule, judged in every account."""
    if not isinstance(rule.check, ResourceCheck):
        return rule
    return replace(rule, check=replace(rule.check, scope=ResourceScope.ACCOUNT))


@pytest.fixture(scope="module")
def snapshot(organizations: ModuleType, selection: Selection) -> Snapshot:
    made = organizations.Organization(selection.rules, plan_for(selection.rules).uses)
    members = [organizations.member(number) for number in range(MEMBERS)]
    accounts = [organizations.MANAGEMENT, organizations.SECURITY, *members]
    answers = {key: answer for account in accounts[:-1] for key, answer in made.calls(account).items()}
    whole = organizations.snapshot(answers, accounts, (organizations.HOME,))
    scope: dict[str, Any] = {account: {"regions": [organizations.HOME]} for account in accounts}
    scope[accounts[-1]] = {"regions": [], "reason": "sts.AssumeRole was denied: AccessDenied"}
    assert isinstance(whole, Snapshot)
    return whole.limited(organizations.run(scope), whole.calls)


@pytest.fixture
def packing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner.snapshot.call_index, "_MOST_UNPACKED", 2)


def again(snapshot: Snapshot, selection: Selection) -> Assessment:
    return judge(snapshot.limited(snapshot.run, snapshot.calls), selection)


def test_packed_is_what_is_not_packed(
    snapshot: Snapshot, selection: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = again(snapshot, selection)
    monkeypatch.setattr(scanner.snapshot.call_index, "_MOST_UNPACKED", 2)
    packed = again(snapshot, selection)
    assert isinstance(plain.findings, tuple)
    assert isinstance(packed.findings, Packed)
    assert tuple(packed.findings) == plain.findings
    assert tuple(packed.evidence) == plain.evidence
    assert (packed.gaps, packed.controls, packed.summary) == (plain.gaps, plain.controls, plain.summary)
    assert (len(packed.findings), len(packed.evidence)) == (len(plain.findings), len(plain.evidence))
    assert packed.evidence[-1] == plain.evidence[-1]
    assert packed.findings[1:3] == plain.findings[1:3]
    of_scans = {name: form for name, form in FORMATS.items() if Over.FACTS in form.over}
    assert set(FORMATS) - set(of_scans) == {"sarif"}
    for name, form in of_scans.items():
        told = [io.BytesIO(), io.BytesIO()]
        form.write(plain, told[0])
        form.write(packed, told[1])
        assert told[0].getvalue() == told[1].getvalue(), name


def test_the_pieces_of_a_document_are_the_document(snapshot: Snapshot, selection: Selection) -> None:
    assessment = again(snapshot, selection)
    assert b"".join(document_pieces(assessment)) == document_bytes(assessment)


def test_a_document_with_causes_is_sound_and_read_back(snapshot: Snapshot, selection: Selection) -> None:
    assessment = again(snapshot, selection)
    data = document_bytes(assessment)
    schema = json.loads((Path(scanner.__file__).parent / "schemas" / "assessment.schema.json").read_bytes())
    assert not list(Draft202012Validator(schema).iter_errors(json.loads(data)))
    read = read_assessment(data, assessment.rules)
    causes = [each.cause for each in assessment.findings]
    assert any(causes)
    for told, cause in zip(read.findings, causes, strict=True):
        assert told.cause == cause
    assert document_bytes(read) == data


@pytest.mark.usefixtures("packing")
def test_calls_are_found_whichever_are_unpacked(snapshot: Snapshot) -> None:
    calls = tuple(snapshot.calls)
    index = CallIndex(calls)
    assert index.is_packed
    assert tuple(index) == calls
    for number, call in enumerate(calls, start=1):
        assert index.get(call.key) == call
        assert index.number(call.key) == number
        if call.file:
            assert index.named(call.file) == call
    assert index.named("raw/nowhere.json") is None
    unknown = CallKey("123", "", "sts.GetCallerIdentity")
    assert (index.get(unknown), index.number(unknown)) == (None, 0)
    assert not index.add(calls[0])
    assert len(index) == len(calls)
    assert not CallIndex(calls[:1]).is_packed


def test_findings_of_one_cause_are_told_once(snapshot: Snapshot, selection: Selection) -> None:
    assessment = again(snapshot, selection)
    failed = [each for each in assessment.findings if each.outcome is Outcome.FAIL and each.rule == "bucket.mfa-delete"]
    assert len(failed) == MEMBERS + 1
    text = summary(assessment)
    assert text.count("MFA Delete is off; Enabled is required") == 2, "once for its owner, once for all others"
    also = f"{MEMBERS - 1} more findings of this rule for the same reason, in {MEMBERS - 1} more accounts"
    assert also in " ".join(text.split())
    causes = text.partition("Causes that findings share")[2].partition("Failed (")[0]
    assert "log bucket arn:aws:s3:::organization-logs of account 555566667777" in " ".join(causes.split())
    assert "account that could not be looked at: 100000000006" in " ".join(causes.split())


def test_a_bundle_sealed_from_files_is_the_one_sealed_in_memory(
    snapshot: Snapshot, selection: Selection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = again(snapshot, selection)
    answers: dict[str, Content] = {
        call.file: partial(snapshot._read, call.file) for call in snapshot.calls if call.file
    }
    monkeypatch.setattr(scanner.snapshot.call_index, "_MOST_UNPACKED", 2)
    packed = again(snapshot, selection)
    wanted = sealed(answers, plain, selection)
    made = sealed(answers, packed, selection, aside=tmp_path)
    assert made.keys() == wanted.keys()
    aside = {name for name, content in made.items() if isinstance(content, KnownFile)}
    assert {"data/assessment.json", "data/index.json", "data/index.csv", "data/junit.xml"} <= aside
    for name in sorted(made, key=lambda name: (not name.startswith("data/"), name)):
        assert whole(made[name]) == whole(wanted[name]), name


def whole(content: Content) -> bytes:
    if isinstance(content, KnownFile):
        return b"".join(content.pieces())
    return content if isinstance(content, bytes) else content()
