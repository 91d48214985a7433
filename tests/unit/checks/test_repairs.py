"""What to do about a resource names the resource, quoted for a shell."""

import re
from pathlib import Path

import pytest

from scanner.cases import load_cases, run_cases
from scanner.checks.repairs import own_remediation
from scanner.content.rules import load_rules
from scanner.facts.rows import Row
from scanner.model import Outcome, ResourceCheck, ResourceDetails, Rule
from scanner.resources import RESOURCES

ROOT = Path(__file__).parents[3]
WORDS = re.compile(r"(?<![A-Za-z0-9_-])[A-Z]{3,}(?:-[A-Z]+)*(?![A-Za-z0-9_-])")
NO_NAMES = {
    *("ACL", "ALARM", "API", "ARN", "AWS", "COMPLIANCE", "CWLI", "ENABLED", "GLACIER", "IAM", "KMS", "MFA", "RESOURCE"),
    *("ALL", "ARCHIVED", "ORGANIZATION", "PUBLISHING", "REST", "RESOLVED", "VPC", "HTTP"),
    *("SNS", "STANDARD"),
}
UNKNOWN = {
    *("ACCESS-LOG-BUCKET", "ACCOUNT", "ADDRESS", "CODE", "GROUP-ARN", "KEY-ARN", "LOG-GROUP-ARN", "OTHER-BUCKET"),
    *(
        "ROLE-ARN",
        "SERIAL",
        "TOPIC-ARN",
        "BUCKET-ARN",
        "DETECTOR-ARN",
        "DETECTOR-ID",
        "FEATURE",
        "FINDING-ID",
        "PRODUCT-ARN",
        "OTHER-REGION",
        "STANDARD-ARN",
        "PATTERN",
        "QUERY",
        "QUERY-NAME",
        "LINK-ARN",
        "SINK-ARN",
        "LOG-GROUP",
        "RESULTS",
        "RULE-NAME",
        "ARCHIVE-BUCKET",
        "LOG-BUCKET",
        "SOURCE-NAME",
        "DESTINATION-ARN",
        "EVENT-SOURCE",
        "RESOURCE-TYPE",
        "TAG-KEY",
        "TAG-VALUE",
        "TRAIL-ARN",
        "TRAIL-NAME",
    ),
}
"""What the facts about the resource do not tell: a thing yet to be made, a person's address, the code of a device."""


def row(kind: str, **data: object) -> Row:
    return Row(kind, "111122223333", "us-east-1", "x", data)


@pytest.mark.parametrize(
    ("remediation", "resource", "told"),
    [
        ("run --name GROUP now", row("logs.audit_log_group", logGroupName="audit/trail"), "run --name audit/trail now"),
        ("run\n  GROUP.", row("logs.audit_log_group", logGroupName="a"), "run a."),
        ("run GROUP", row("logs.audit_log_group", logGroupName="a b;rm"), "run 'a b;rm'"),
        ("run x/GROUP/y", row("logs.audit_log_group", logGroupName="a b"), ""),
        ("run GROUP", row("logs.audit_log_group", logGroupName="file:///etc/passwd"), ""),
        ("run GROUP", row("logs.audit_log_group", logGroupName="--endpoint-url=https://x.example"), ""),
        ("run GROUP-ARN ARN-GROUP", row("logs.audit_log_group", logGroupName="a"), ""),
        ("run TRAIL", row("logs.audit_log_group", Trails=["t"]), "run t"),
        (
            "run TRAIL on TRAIL.",
            row("logs.audit_log_group", Trails=["t", "u v"]),
            "run TRAIL on TRAIL. TRAIL stands for t, 'u v'.",
        ),
        ("run TRAIL", row("logs.audit_log_group", Trails=[]), ""),
        ("run KEY", row("cloudtrail.trail", KmsKeyId=None), ""),
        ("run KEY", row("cloudtrail.trail"), ""),
        ("run NAME", row("organizations.organization", Name="x"), ""),
    ],
)
def test_names_stand_where_the_words_stood(remediation: str, resource: Row, told: str) -> None:
    assert own_remediation(remediation, resource) == told


def test_the_fields_exist() -> None:
    for name, kind in RESOURCES.items():
        assert set(kind.own_names.values()) <= set(kind.fields), name


def resource_rules() -> list[Rule]:
    return [rule for rule in load_rules() if isinstance(rule.check, ResourceCheck)]


@pytest.mark.parametrize("rule", resource_rules(), ids=lambda rule: rule.id)
def test_a_word_in_capitals_is_a_name_that_is_known_or_cannot_be(rule: Rule) -> None:
    assert isinstance(rule.check, ResourceCheck)
    words = set(WORDS.findall(rule.remediation)) - NO_NAMES - UNKNOWN
    made_by_the_reader = {"BUCKET"} if rule.check.resource == "cloudtrail.coverage" else set()
    assert words <= set(RESOURCES[rule.check.resource].own_names) | made_by_the_reader


def test_a_finding_says_what_to_do_about_its_own_resource() -> None:
    (rule,) = (rule for rule in load_rules() if rule.id == "loggroup.retention-min")
    findings = [
        found for result in run_cases(rule, load_cases(rule, ROOT / "rules", proven=True)) for found in result.findings
    ]
    failed = [found for found in findings if found.outcome is Outcome.FAIL]
    assert failed
    for found in failed:
        assert isinstance(found.details, ResourceDetails)
        name = found.resource.partition(":log-group:")[2].removesuffix(":*")
        assert f"--log-group-name {name} " in found.details.fix.text
    assert not any(found.details for found in findings if found.outcome is not Outcome.FAIL)
