"""The event rules over real records: what was done is named, and labelled events are judged by their labels."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cases.record_run import judge_records, matching
from scanner.cli import run
from scanner.content.rules import load_rules
from scanner.model import LogEventsCheck, Outcome, Rule

RULES: dict[str, Rule] = {rule.id: rule for rule in load_rules() if isinstance(rule.check, LogEventsCheck)}

# What the attacks in the records did, by rule and account: the events that must be among the hits.
DONE = {
    ("event.logging-stopped", "111122223333"): {"DeleteTrail"},
    ("event.logging-stopped", "777788889999"): {"StopLogging", "DeleteTrail"},
    ("event.trail-weakened", "111122223333"): {"PutEventSelectors"},
    ("event.trail-weakened", "777788889999"): {"PutEventSelectors"},
    ("event.console-login-without-mfa", "111122223333"): {"ConsoleLogin"},
    ("event.console-login-without-mfa", "777788889999"): {"ConsoleLogin"},
    ("event.security-service-disabled", "111122223333"): {"DeleteFlowLogs"},
    ("event.security-service-disabled", "777788889999"): {"DeleteFlowLogs"},
    ("event.privilege-escalation", "777788889999"): {"CreateAccessKey", "CreateLoginProfile", "AttachUserPolicy"},
    ("event.log-read-by-undeclared", "111122223333"): {"LookupEvents"},
}


@pytest.fixture(scope="module")
def assessment(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("logs") / "assessment.json"
    everything = [word for rule in RULES for word in ("--rule", rule)]
    assert run(["logs", str(corpus / "events" / "AWSLogs"), *everything, "-q", "-o", f"json={target}"]) == 1
    found: dict[str, Any] = json.loads(target.read_bytes())
    return found


def test_every_record_is_accounted_for(assessment: dict[str, Any]) -> None:
    counted = assessment["run"]["accounting"]
    assert (counted["sources"], counted["records"], counted["duplicates"], counted["malformed"]) == (101, 6344, 0, 0)
    assert sum(line["records"] for line in assessment["run"]["sources"]) == 6344
    assert sum(counted["records_by_account"].values()) == 6344
    assert not assessment["gaps"]
    assert len(assessment["evidence"]) == 101


def test_the_assessment_names_what_was_done(assessment: dict[str, Any]) -> None:
    failed = {(f["rule"], f["account"]): f for f in assessment["findings"] if f["outcome"] == "fail"}
    for key, names in DONE.items():
        assert names <= {hit["event_name"] for hit in failed[key]["details"]["hits"]}, key
    assert ("event.unauthorized-api-burst", "222233334444") in failed
    assert not [key for key in failed if key[0] == "event.root-activity"]  # no record of the corpus is by root
    assert not [key for key in failed if key[0] == "event.record-completeness"]
    assert not [key for key in failed if key[0] == "event.time-plausible"]


def test_rules_that_list_and_rules_that_cannot_know(assessment: dict[str, Any]) -> None:
    outcomes: dict[str, set[str]] = {}
    for finding in assessment["findings"]:
        outcomes.setdefault(finding["rule"], set()).add(finding["outcome"])
    assert outcomes["event.identity-credential-changes"] == {"pass"}
    assert outcomes["event.network-boundary-changes"] == {"pass"}
    assert outcomes["event.unexpected-region"] == {"not_applicable"}
    # No record is a data event of a log prefix: that logs were left alone cannot be said.
    assert outcomes["event.log-store-tampering"] == {"unknown"}


def test_every_hit_can_be_found_again(assessment: dict[str, Any], corpus: Path) -> None:
    checked = 0
    for finding in assessment["findings"]:
        for hit in finding["details"].get("hits", ()):
            data = gzip.decompress((corpus / "events" / "AWSLogs" / hit["source"]).read_bytes())
            record = json.loads(data)["Records"][hit["record"]]
            assert (record["eventID"], record["eventName"]) == (hit["event_id"], hit["event_name"])
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_engine_and_language_agree_on_every_record(rule: Rule, corpus: Path) -> None:
    records: list[dict[str, Any]] = []
    for path in sorted((corpus / "events" / "AWSLogs").rglob("*.json.gz")):
        records += json.loads(gzip.decompress(path.read_bytes()))["Records"]
    _, problems = judge_records(rule, records, {})
    assert not problems


# Labels whose rule means the same as ours: (their rule, our rule, parameters that make it so).
SAME = {
    "AWS.CloudTrail.Stopped": ("event.logging-stopped", {}),
    "AWS.Root.Activity": ("event.root-activity", {}),
    "AWS.KMS.CustomerManagedKeyLoss": ("event.kms-key-disabled-or-deleted", {}),
    "AWS.CloudTrail.EnableRegion": ("event.unexpected-region", {"approved_regions": ["*"]}),
    "AWS.VPCFlow.LogsDeleted": ("event.security-service-disabled", {}),
    "AWS.IAM.AttachAdminRolePolicy": ("event.privilege-escalation", {}),
    "AWS.IAM.AttachAdminUserPolicy": ("event.privilege-escalation", {}),
    "AWS.IAM.CreateUser": ("event.identity-credential-changes", {}),
    "AWS.IAM.CreateRole": ("event.identity-credential-changes", {}),
    "AWS.EC2.NetworkACLModified": ("event.network-boundary-changes", {}),
    "AWS.EC2.RouteTableModified": ("event.network-boundary-changes", {}),
    "AWS.EC2.SecurityGroupModified": ("event.network-boundary-changes", {}),
    "AWS.EC2.VPCModified": ("event.network-boundary-changes", {}),
    "AWS.S3.SuspendVersioning": ("event.log-store-tampering", {"log_buckets": ["*"]}),
    "AWS.S3.BucketDeleted": ("event.log-store-tampering", {"log_buckets": ["*"]}),
}

# Labels that differ for a reason: (label, why ours says otherwise).
DIFFERENT = {
    "pa287": "theirs leaves service-linked roles out; ours reports everything root does itself",
    "pa290": "theirs leaves failed sign-ins of root out; ours reports them",
    "pa292": "theirs leaves reads out; ours reports everything root does itself",
    "pa030": "written by hand: EnableRegion is recorded with the source account.amazonaws.com",
}


def labelled(corpus: Path) -> list[dict[str, Any]]:
    lines = (corpus / "events" / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("theirs", SAME)
def test_labelled_events(theirs: str, corpus: Path) -> None:
    ours, parameters = SAME[theirs]
    cases = [each for each in labelled(corpus) if each["rule_id"] == theirs and each["id"] not in DIFFERENT]
    assert cases
    wrong = [
        f"{each['id']} {each['test']}: labelled {each['expected']}"
        for each in cases
        if bool(matching(RULES[ours], [each["event"]], parameters)) != each["expected"]
    ]
    assert not wrong


def test_what_differs_still_differs(corpus: Path) -> None:
    for each in labelled(corpus):
        if each["id"] in DIFFERENT:
            ours, parameters = SAME[each["rule_id"]]
            assert bool(matching(RULES[ours], [each["event"]], parameters)) != each["expected"], each["id"]


def test_no_labelled_event_breaks_the_engine(corpus: Path) -> None:
    events = [each["event"] for each in labelled(corpus)]
    for rule in RULES.values():
        findings, problems = judge_records(rule, events, {})
        assert not problems, rule.id
        assert all(finding.outcome in Outcome for finding in findings)
