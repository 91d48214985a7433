"""An organization of three accounts over HTTP: collected into one snapshot through a role in each, sealed, verified."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.aws.operations import OPERATIONS
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.cli import run
from scanner.collect.completeness import misstatements, unneeded_calls, unrecorded_calls
from scanner.demo.organization import ACROSS, MEMBER_ROLE, DemoOrganization
from scanner.runs.collecting import plan_for
from scanner.runs.selection import select
from scanner.snapshot.answers import refusals
from scanner.snapshot.folder import read_snapshot

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]
ONE = ("--rule", ACROSS, "--region", "us-east-1")
ROLE = ("--role-name", MEMBER_ROLE)


def test_an_organization_in_one_snapshot_is_sealed_and_verified(
    organization: tuple[str, DemoOrganization], trailwitness: Trailwitness, tmp_path: Path
) -> None:
    endpoint, accounts = organization
    at: dict[str, Any] = {"AWS_ENDPOINT_URL": endpoint}
    collected = trailwitness("collect", *ONE, "--organization", *ROLE, "-o", "snapshot", **at)
    assert collected.returncode == 0, collected.stderr
    snapshot = read_snapshot(tmp_path / "snapshot")
    assert set(snapshot.accounts) == {accounts.management, accounts.security, accounts.workload}
    callers = [call.account for call in snapshot.calls if call.operation == "sts.GetCallerIdentity"]
    assert callers == sorted(snapshot.accounts)
    # The topic that an alarm of the management account notifies is asked about in the security account.
    assert snapshot.made(accounts.security, "sns.GetTopicAttributes")
    written = b"".join(path.read_bytes() for path in (tmp_path / "snapshot").rglob("*.*") if path.is_file())
    assert b"SecretAccessKey" not in written
    judged = trailwitness("scan", "--snapshot", "snapshot", "--rule", ACROSS, "-q", "--bundle", "bag")
    assert judged.returncode == 0, judged.stderr
    assert trailwitness("verify", "bag").returncode == 0
    findings = json.loads((tmp_path / "bag" / "data" / "assessment.json").read_bytes())["findings"]
    assert {each["account"] for each in findings} == set(snapshot.accounts)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--organization", *ROLE, "--account", "999999999999"),
            b"--account 999999999999 is not an account of the org",
        ),
        (("--ou", "ou-abcd-12345678", *ROLE), b"There is no organizational unit 'ou-abcd-12345678'"),
        (("--ou", "Nowhere", *ROLE), b"There is no organizational unit 'Nowhere'"),
        (("--account", "12345", *ROLE), b"--account 12345 is not an account id"),
        (
            ("--role-arn", "arn:aws-cn:iam::222233334444:role/a", "--role-arn", "arn:aws-cn:iam::333344445555:role/a"),
            b"aws-cn",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    options: tuple[str, ...],
    words: bytes,
    organization: tuple[str, DemoOrganization],
    trailwitness: Trailwitness,
    tmp_path: Path,
) -> None:
    done = trailwitness("collect", *ONE, *options, "-o", "snapshot", AWS_ENDPOINT_URL=organization[0])
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_snapshot_of_each_account_is_judged_as_one(
    organization: tuple[str, DemoOrganization], trailwitness: Trailwitness
) -> None:
    endpoint, accounts = organization
    at: dict[str, Any] = {"AWS_ENDPOINT_URL": endpoint}
    rule = ("--rule", "trail.log-file-validation", "--region", "us-east-1")
    assert trailwitness("collect", *rule, "-o", "management", **at).returncode == 0
    role = ("--role-arn", f"arn:aws:iam::{accounts.workload}:role/{MEMBER_ROLE}")
    assert trailwitness("collect", *rule, *role, "-o", "workload", **at).returncode == 0
    both = ("--snapshot", "management", "--snapshot", "workload", *rule[:2])
    judged = trailwitness("scan", *both, "-q", "--bundle", "bag.zip")
    assert judged.returncode == 0, judged.stderr
    assert trailwitness("verify", "bag.zip").returncode == 0


def test_every_rule_over_every_account_makes_the_calls_that_verifying_expects(organization_folder: Path) -> None:
    snapshot = read_snapshot(organization_folder)
    uses = plan_for(select((), (), (), ()).rules).uses
    assert len(snapshot.accounts) == 3
    assert (unrecorded_calls(snapshot, uses), unneeded_calls(snapshot, uses), misstatements(snapshot)) == ((), (), ())
    assert not list(refusals(snapshot.calls))


def test_each_account_is_asked_what_its_printed_policy_allows(
    organization: tuple[str, DemoOrganization], organization_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The policy of the role in the members, and that of the account which enters them."""

    def printed(whose: str) -> set[str]:
        assert run(["rules", "policy", "--for", whose]) == 0
        statements = json.loads(capsys.readouterr().out)["Statement"]
        return {action for each in statements for action in _listed(each["Action"])}

    member, management = printed("member"), printed("management")
    snapshot, accounts = read_snapshot(organization_folder), organization[1]
    asked: dict[str, set[str]] = {}
    for call in snapshot.calls:
        operation = OPERATIONS.get(call.operation) or ORGANIZATION_OPERATIONS[call.operation]
        asked.setdefault(call.account, set()).update(operation.actions)
    assert asked[accounts.security] | asked[accounts.workload] <= member
    assert asked[accounts.management] - asked[accounts.workload] >= {"organizations:ListAccounts"}
    assert asked[accounts.management] | {"sts:AssumeRole"} <= management


def _listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions
