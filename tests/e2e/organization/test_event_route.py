"""The route through EventBridge rules of two accounts, with each link broken in turn.

A rule of the workload account forwards changes of trails, with a role, to a bus of the security account; a rule there
hands them to the topic. What is behind the topic is broken in ``test_filter_route``.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.demo.organization import ACROSS, FORWARDED, MEMBER_ROLE
from tests.e2e.organization import breaking
from tests.e2e.organization.breaking import CENTRAL, FORWARDING, NAMES, Break, Company, broken
from tests.e2e.organization.conftest import Scan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

SENT = "EventBridge rule forward-trail-changes (us-east-1) sends them to event bus"
SECURITY = f"{SENT} security (112579763355, us-east-1)"
ROLE = "the role arn:aws:iam::255820368736:role/ForwardToSecurity"
PUT = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
MISSPELT: Mapping[str, Any] = {"detail-type": ["AWS API Call via Cloudtrail"]}
WITHOUT_DELETE = {"eventName": [name for name in NAMES if name != "DeleteTrail"]}
MISSES = "EventBridge rule forward-trail-changes (us-east-1) would hear of them if its pattern did not ask for "


def _asking(**asked: object) -> str:
    return f"{MISSES}{json.dumps(asked)}"


LINKS: Mapping[str, tuple[Break, str]] = {
    "rule disabled": (
        breaking.rule_with(FORWARDING, "DISABLED"),
        "EventBridge rule forward-trail-changes (us-east-1) would hear of them, but it is disabled",
    ),
    "source with a typo": (
        breaking.rule_with(FORWARDING, source=["cloudtrail.amazonaws.com"]),
        _asking(source=["cloudtrail.amazonaws.com"]),
    ),
    "detail-type with a typo": (
        breaking.rule_with(FORWARDING, "ENABLED", **MISSPELT),
        _asking(**MISSPELT),
    ),
    "addresses only": (
        breaking.rule_with(FORWARDING, detail={"sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}),
        _asking(detail={"sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}),
    ),
    "another account": (
        breaking.rule_with(FORWARDING, account=["112579763355"]),
        _asking(account=["112579763355"]),
    ),
    "another Region": (breaking.rule_with(FORWARDING, region=["eu-west-1"]), _asking(region=["eu-west-1"])),
    "a name forgotten": (breaking.rule_with(FORWARDING, detail=WITHOUT_DELETE), "misses"),
    "rule deleted": (breaking.rule_deleted(FORWARDING), "No EventBridge rule in us-east-1"),
    "target removed": (
        breaking.target_removed(FORWARDING),
        "EventBridge rule forward-trail-changes (us-east-1) has no target",
    ),
    "target without its role": (
        breaking.target_with(FORWARDING, RoleArn=None),
        f"{SECURITY}, whose policy does not allow it to account 255820368736; what it grants to an organization takes",
    ),
    "role that is not there": (
        breaking.target_with(FORWARDING, RoleArn="arn:aws:iam::255820368736:role/Gone"),
        f"{SECURITY}, but the role arn:aws:iam::255820368736:role/Gone does not exist",
    ),
    "another bus": (
        breaking.target_with(FORWARDING, Arn="arn:aws:events:us-east-1:112579763355:event-bus/gone"),
        f"{SENT} gone (112579763355, us-east-1), which does not exist",
    ),
    "role deleted": (breaking.role_deleted, f"{SECURITY}, but {ROLE} does not exist"),
    "role that trusts another service": (
        breaking.role_trusting("scheduler.amazonaws.com"),
        f"{SECURITY}, but the trust policy of {ROLE} does not let EventBridge assume it",
    ),
    "role without a policy": (
        breaking.role_with(),
        f"{SECURITY}, but the policies of {ROLE} do not let it use events:PutEvents on arn:aws:events:us-east-1:1125",
    ),
    "role that is denied": (
        breaking.role_with(PUT, {**PUT, "Effect": "Deny"}),
        f"{SECURITY}, but the policies of {ROLE} forbid it to use events:PutEvents on arn:aws:events:us-east-1:1125",
    ),
    "bus without a policy": (
        breaking.bus_without_policy,
        f"{SECURITY}, whose policy does not allow it to account 255820368736",
    ),
    "bus of another organization": (
        breaking.bus_of_another_organization,
        f"{SECURITY}, whose policy does not allow it to account 255820368736",
    ),
    "bus deleted": (breaking.bus_deleted, f"{SECURITY}, which does not exist"),
    "central rule disabled": (
        breaking.rule_with(CENTRAL, "DISABLED"),
        "no enabled rule on event bus security (112579763355, us-east-1) hears of them",
    ),
    "central rule deleted": (
        breaking.rule_deleted(CENTRAL),
        "no enabled rule on event bus security (112579763355, us-east-1) hears of them",
    ),
    "central source with a typo": (
        breaking.rule_with(CENTRAL, source=["aws.CloudTrail"]),
        "no enabled rule on event bus security (112579763355, us-east-1) hears of them",
    ),
    "central rule for its own account": (
        breaking.rule_with(CENTRAL, account=["112579763355"]),
        "no enabled rule on event bus security (112579763355, us-east-1) hears of them",
    ),
    "a name forgotten centrally": (
        breaking.rule_with(CENTRAL, detail=WITHOUT_DELETE),
        "no enabled rule on event bus security (112579763355, us-east-1) hears of them",
    ),
    "central target removed": (
        breaking.target_removed(CENTRAL),
        "EventBridge rule trail-changes (us-east-1) has no target",
    ),
    "central topic that is not there": (
        breaking.target_with(CENTRAL, Arn="arn:aws:sns:us-east-1:112579763355:gone"),
        "topic gone does not exist",
    ),
    "topic that forgets EventBridge": (
        breaking.topic_without("Rules"),
        "the policy of topic security-operations does not let EventBridge publish for this rule",
    ),
    "key that forgets EventBridge": (
        breaking.key_for("cloudwatch"),
        "the policy of the KMS key of topic security-operations does not let EventBridge use kms:GenerateDataKey",
    ),
}
"""What breaks, and the words in which the finding of the workload account names it."""

OPEN: Mapping[str, tuple[Break, str]] = {
    "published with a role": (
        breaking.target_with(CENTRAL, RoleArn="arn:aws:iam::112579763355:role/Publisher"),
        "publishes to topic security-operations as the role arn:aws:iam::112579763355:role/Publisher",
    ),
    "something else than the event": (
        breaking.target_with(FORWARDING, Input='{"text": "A trail was changed"}'),
        f"{SECURITY}, which receives something else than the event",
    ),
}
"""What leaves the route unknown, and the words for it."""


def _unrelated(company: Company, scan: Scan, how: Break) -> str:
    """Break a link; the reason of the workload account's finding, once the other route is seen to pass."""
    with broken(company, how):
        found = scan(ACROSS, FORWARDED)
    for account in company.everybody:
        assert found[ACROSS, account]["outcome"] == "pass"
    for account in (company.management.id, company.security.id):
        assert found[FORWARDED, account]["outcome"] == "fail"  # they have no rule that hears of it
    forwarded = found[FORWARDED, company.workload.id]
    return f"{forwarded['outcome']}: {forwarded['reason']}"


@pytest.mark.parametrize("link", LINKS)
def test_a_broken_link_is_named(link: str, company: Company, scan: Scan) -> None:
    how, words = LINKS[link]
    said = _unrelated(company, scan, how)
    assert said.startswith("fail: ")
    assert words in said


@pytest.mark.parametrize("link", OPEN)
def test_what_is_not_certain_is_no_pass(link: str, company: Company, scan: Scan) -> None:
    how, words = OPEN[link]
    said = _unrelated(company, scan, how)
    assert said.startswith("unknown: ")
    assert words in said


def test_the_installed_command_names_them(
    company: Company, trailwitness: Callable[..., subprocess.CompletedProcess[bytes]], tmp_path: Path
) -> None:
    """In another Region than the one of the trail, where the workload account's rule there is disabled."""
    rule = ("--rule", FORWARDED, "--region", "eu-west-1", "--region", "us-east-1")
    everybody = ("--organization", "--role-name", MEMBER_ROLE)
    events = company.workload.client("events", "eu-west-1")
    events.disable_rule(Name="forward-trail-changes")
    done = trailwitness("scan", *everybody, *rule, "--output", "json=a.json", AWS_ENDPOINT_URL=company.endpoint)
    events.enable_rule(Name="forward-trail-changes")
    assert done.returncode == 1, done.stderr
    findings = json.loads((tmp_path / "a.json").read_bytes())["findings"]
    (forwarded,) = [each for each in findings if each["account"] == company.workload.id]
    assert forwarded["outcome"] == "fail"
    assert (
        "EventBridge rule forward-trail-changes (eu-west-1) would hear of them, but it is disabled"
        in forwarded["reason"]
    )


def test_everything_is_mended(company: Company, scan: Scan) -> None:
    assert scan(FORWARDED)[FORWARDED, company.workload.id]["outcome"] == "pass"
