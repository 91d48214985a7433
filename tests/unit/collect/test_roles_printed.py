"""The printed policies of an organization: they equal the calls made, and the template is what CloudFormation takes."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from scanner.aws.operations import OPERATIONS
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.checks.needs import uses_for
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.collect.iam_policy import iam_policy
from scanner.runs.selection import select

TRUSTED = "arn:aws:iam::111122223333:role/Auditor"
TEMPLATE = ("--format", "cloudformation", "--trusted", TRUSTED)
Ask = Callable[..., Any]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """``ask(*options)``: what ``rules policy`` prints, read."""

    def read(*options: str) -> Any:
        assert run(["rules", "policy", *options]) == Exit.CLEAN
        return yaml.safe_load(capsys.readouterr().out)

    return read


def actions(policy: Mapping[str, Any]) -> Iterator[str]:
    for statement in policy["Statement"]:
        listed = statement["Action"]
        yield from [listed] if isinstance(listed, str) else listed


def test_the_account_that_enters_the_members_lists_and_assumes(ask: Ask) -> None:
    member, management = ask(), ask("--for", "management", "--role-name", "audit/Reader")
    assert member == ask("--for", "member")
    reads, *more = management["Statement"]
    assert [reads] == member["Statement"]
    made = {action for operation in ORGANIZATION_OPERATIONS.values() for action in operation.actions}
    assert set(actions({"Statement": more})) == {*made, "sts:AssumeRole"}
    assert {statement["Resource"] for statement in more} == {"*", "arn:*:iam::*:role/audit/Reader"}


def test_a_member_lets_one_in_with_its_external_id(ask: Ask) -> None:
    (statement,) = ask("--for", "trust", "--trusted", TRUSTED, "--external-id", "shared")["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"AWS": TRUSTED},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "shared"}},
    }
    (open_to_all,) = ask("--for", "trust", "--trusted", "111122223333")["Statement"]
    assert open_to_all == {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}


def test_the_template_is_the_role_with_the_same_policy(ask: Ask) -> None:
    template = ask(
        "--format", "cloudformation", "--trusted", TRUSTED, "--role-name", "Reader", "--external-id", "shared"
    )
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    assert defaults == {"RoleName": "Reader", "TrustedPrincipal": TRUSTED, "ExternalId": "shared"}
    (role,) = template["Resources"].values()
    assert role["Type"] == "AWS::IAM::Role"
    (inline,) = role["Properties"]["Policies"]
    assert inline["PolicyDocument"] == ask()
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"AWS": {"Ref": "TrustedPrincipal"}}, "sts:AssumeRole")
    assert trust["Condition"]["Fn::If"][0] in template["Conditions"]


def test_every_rule_fits_into_the_role() -> None:
    """IAM lets the inline policies of a role have 10,240 characters, blanks apart (IAM User Guide, "IAM quotas")."""
    policy = iam_policy(uses_for(select((), (), (), ()).rules))
    assert len(json.dumps(policy, separators=(",", ":"))) < 10_240
    assert set(actions(policy)) <= {action for operation in OPERATIONS.values() for action in operation.actions}


@pytest.mark.slow
def test_cloudformation_takes_the_template(capsys: pytest.CaptureFixture[str]) -> None:
    lint = pytest.importorskip("cfnlint.api").lint
    for more in ((), ("--external-id", "shared")):
        assert run(["rules", "policy", "--rule", "trail.log-file-validation", *TEMPLATE, *more]) == Exit.CLEAN
        assert lint(capsys.readouterr().out, regions=["us-east-1"]) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--for", "trust"), "Who may assume the role in the members is not said"),
        (("--format", "cloudformation"), "Who may assume the role in the members is not said"),
        (("--format", "cloudformation", "--for", "trust", "--trusted", TRUSTED), "given with --for trust"),
        (("--format", "cloudformation", "--trusted", TRUSTED, "--role-name", "a/b"), "has a path"),
        (("--for", "trust", "--trusted", "*"), "neither an account id nor the ARN"),
        (("--for", "trust", "--trusted", "arn:aws:iam::111122223333:*"), "neither an account id nor the ARN"),
        (("--for", "trust", "--trusted", "arn:aws:s3:::bucket"), "neither an account id nor the ARN"),
        (("--for", "trust", "--trusted", TRUSTED, "--external-id", "a b"), "is not an external id"),
        (("--trusted", TRUSTED), "--trusted is of a trust policy"),
        (("--external-id", "shared"), "--external-id is of a trust policy"),
        (("--role-name", "Reader"), "--role-name is of the account that enters the members"),
        (("--for", "management", "--role-name", TRUSTED), "is not the name of a role"),
        (("--for", "member", "--for", "trust"), "--for is given 2 times"),
    ],
)
def test_options_that_do_not_go_together(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rules", "policy", *options]) == Exit.ERROR
    told = capsys.readouterr()
    assert words in told.err
    assert not told.out
