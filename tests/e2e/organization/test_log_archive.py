"""What keeps the log files: neglected in the account that has it, judged there and in each account that rests on it."""

import pytest

from scanner.demo.organization import ACROSS
from tests.e2e.organization import breaking
from tests.e2e.organization.breaking import Company, broken
from tests.e2e.organization.conftest import Scan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

NEGLECTED = {
    "bucket.versioning": "Log bucket audit-logs-123456789012 (us-east-1): ",
    "bucket.block-public-access": "Log bucket audit-logs-123456789012 (us-east-1): ",
    "kms.audit-key-enabled": " (us-east-1): the key is in the state Disabled",
    "trail.log-file-validation": "Trail org-audit (us-east-1): log file validation is off",
}
"""Rules that fail then, and the words in which they name the thing."""
SOUND = ("bucket.tls-only", "bucket.acl-disabled", "kms.audit-key-not-public", "trail.s3-delivery-fresh")


def test_each_neglect_is_named_where_it_is_and_nothing_else_changes(company: Company, scan: Scan) -> None:
    whole = scan(*NEGLECTED, *SOUND, ACROSS)
    with broken(company, breaking.archive_neglected):
        found = scan(*NEGLECTED, *SOUND, ACROSS)
    owner = company.management.id
    for rule, words in NEGLECTED.items():
        assert (whole[rule, owner]["outcome"], found[rule, owner]["outcome"]) == ("pass", "fail"), rule
        assert words in found[rule, owner]["reason"]
        for account in company.everybody:
            assert found[rule, account]["outcome"] != "pass"
    for rule in (*SOUND, ACROSS):
        for account in company.everybody:
            assert found[rule, account]["outcome"] == whole[rule, account]["outcome"], found[rule, account]["reason"]
    for key, mended in scan(*NEGLECTED).items():
        assert mended["outcome"] == whole[key]["outcome"], mended["reason"]
