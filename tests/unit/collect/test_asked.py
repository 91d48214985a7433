"""What is asked for: combinations that cannot work are one sentence before anything is sent, and the rest is told."""

from typing import Any

import pytest

from scanner.aws.options import Account, Accounts
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.collect.asked import check_accounts, read, told
from scanner.errors import UsageError
from scanner.runs.collecting import collect_snapshot

A, B = "111122223333", "222233334444"
ROLE_A, ROLE_B = f"arn:aws:iam::{A}:role/Audit", f"arn:aws:iam::{B}:role/Audit"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"role_arns": (ROLE_A, ROLE_A)}, f"names 2 roles of account {A}"),
        ({"role_arns": (ROLE_A, f"arn:aws:iam::{A}:role/Other")}, f"names 2 roles of account {A}"),
        ({"role_arns": (ROLE_A, f"arn:aws-us-gov:iam::{B}:role/Audit")}, "different partitions: aws, aws-us-gov"),
        ({"role_arns": (ROLE_A, "Audit")}, "'Audit' is not the ARN of a role"),
        ({"role_arns": (ROLE_A, ROLE_B), "role_name": "Audit"}, "together with --role-name"),
        ({"role_arns": (ROLE_A, ROLE_B), "organization": True}, "together with --role-name"),
        ({"role_name": "Audit"}, "no account in which to assume it"),
        ({"role_name": ROLE_A, "organization": True}, "is not the name of a role"),
        ({"organization": True}, "--organization is given without --role-name"),
        ({"units": ("ou-ab12-11111111",)}, "--ou is given without --role-name"),
        ({"named": (A,)}, "--account is given without --role-name"),
        ({"role_name": "Audit", "named": (A, A)}, f"--account {A} is given 2 times"),
        ({"role_name": "Audit", "named": ("1111",)}, "--account 1111 is not an account id"),
        ({"role_name": "Audit", "named": ("１１１１２２２２３３３３",)}, "is not an account id"),
        ({"role_name": "Audit", "named": (A,), "excluded": (B,)}, "--exclude-account is given without --organization"),
        ({"role_name": "Audit", "organization": True, "excluded": ("x",)}, "--exclude-account x is not an account id"),
        ({"role_name": "Audit", "organization": True, "named": (A,), "excluded": (A,)}, "both --account and --exclude"),
        ({"role_name": "Audit", "units": ("Teams", "Teams")}, "--ou Teams is given 2 times"),
    ],
)
def test_what_does_not_go_together(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_accounts(Accounts(**asked))


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account(external_id="x"), "--external-id is given without"),
        (Account(session_name="audit"), "--role-session-name is given without"),
        (Account(role_arn=ROLE_A, session_name="a b"), "is not a role session name"),
        (Account(bucket_owners=("1",)), "--bucket-owner 1 is not an account id"),
    ],
)
def test_roles_that_are_not_assumed(account: Account, words: str, tmp_path: Any) -> None:
    with pytest.raises(UsageError, match=words):
        collect_snapshot(account, (), tmp_path / "s")
    assert not list(tmp_path.iterdir())


def test_what_is_told_is_read_back() -> None:
    for asked in (
        Accounts(),
        Accounts(role_arns=(ROLE_A, ROLE_B)),
        Accounts(role_name="Audit", organization=True, excluded=(A,)),
        Accounts(role_name="Audit", units=("Teams/Production",), named=(A, B)),
    ):
        check_accounts(asked)
        assert read(told(asked)) == asked
    with pytest.raises(UsageError, match="no list of texts under 'accounts'"):
        read({"accounts": A})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--role-arn", ROLE_A, "--role-arn", ROLE_B, "--role-name", "Audit"], "together with options that choose"),
        (["--role-arn", ROLE_A, "--role-arn", ROLE_A], "names 2 roles of account"),
        (["--role-name", "Audit", "--account", "1111"], "--account 1111 is not an account id"),
        (["--organization"], "--organization is given without --role-name"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_the_command_says_so(arguments: list[str], words: str, tmp_path: Any, capsys: Any) -> None:
    assert run(["collect", "-o", str(tmp_path / "s"), *arguments]) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
