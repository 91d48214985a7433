"""Which accounts are asked for: checked before anything is sent, told in ``run.json`` and read from there."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.aws.options import Accounts
from scanner.aws.role_arns import check_role_name, role_arn
from scanner.errors import UsageError

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


def check_account_id(option: str, text: str) -> None:
    """Raises UsageError when the value of an option is not the id of an account."""
    if not _ACCOUNT.fullmatch(text):
        raise UsageError(f"{option} {text} is not an account id.", "Write the 12 digits of the account.")


def check_accounts(asked: Accounts) -> None:
    """Raises UsageError for roles and accounts that cannot be, that are named twice, or that do not go together."""
    _check_ids(asked)
    if asked.role_arns:
        _check_roles(asked)
    elif asked.role_name:
        _check_role_name(asked)
    elif chosen := next(_choosing(asked), ""):
        raise UsageError(
            f"{chosen} is given without --role-name.", "Name the role that is assumed in each account with --role-name."
        )


def _check_ids(asked: Accounts) -> None:
    for option, ids in (("--account", asked.named), ("--exclude-account", asked.excluded)):
        for text in ids:
            check_account_id(option, text)
        _refuse_repeated(option, ids)
    _refuse_repeated("--ou", asked.units)
    if both := sorted(set(asked.named) & set(asked.excluded)):
        raise UsageError(f"Account {both[0]} is given to both --account and --exclude-account.", "Drop one of them.")


def _check_role_name(asked: Accounts) -> None:
    check_role_name(asked.role_name)
    if not (asked.of_organization or asked.named):
        raise UsageError(
            "--role-name is given, and no account in which to assume it.",
            "Name the accounts with --account, or take those of the organization with --organization or --ou.",
        )
    if asked.excluded and not asked.of_organization:
        raise UsageError(
            "--exclude-account is given without --organization or --ou.", "Name the accounts to look at instead."
        )


def _choosing(asked: Accounts) -> Iterator[str]:
    """The options given that choose accounts in which a role is assumed by name."""
    given = {
        "--organization": asked.organization,
        "--ou": asked.units,
        "--account": asked.named,
        "--exclude-account": asked.excluded,
    }
    yield from (option for option, value in given.items() if value)


def _check_roles(asked: Accounts) -> None:
    if asked.role_name or next(_choosing(asked), ""):
        raise UsageError(
            "--role-arn is given several times together with --role-name or with what chooses accounts.",
            "Name each role with --role-arn, or one role for all accounts with --role-name.",
        )
    arns = [role_arn(text) for text in asked.role_arns]
    partitions = sorted({arn.partition for arn in arns})
    if len(partitions) > 1:
        raise UsageError(
            f"The roles given to --role-arn are of different partitions: {', '.join(partitions)}.",
            "One set of credentials works in one partition only: run once for each.",
        )
    account, times = Counter(arn.account for arn in arns).most_common(1)[0]
    if times > 1:
        raise UsageError(
            f"--role-arn names {times} roles of account {account}.", "An account is looked at once: name one of them."
        )


def _refuse_repeated(option: str, values: Sequence[str]) -> None:
    for value, times in Counter(values).most_common(1):
        if times > 1:
            raise UsageError(f"{option} {value} is given {times} times.", "Give it once.")


def told(asked: Accounts) -> dict[str, Any]:
    """What chose the accounts, as ``run.json`` tells it: members that choose nothing are left out."""
    members: dict[str, Any] = {
        "role_arns": list(asked.role_arns),
        "role_name": asked.role_name,
        "organization": asked.organization,
        "organizational_units": list(asked.units),
        "accounts": sorted(asked.named),
        "excluded_accounts": sorted(asked.excluded),
    }
    return {name: value for name, value in members.items() if value}


def read(stated: Mapping[str, Any]) -> Accounts:
    """What ``told`` told. Raises UsageError where this is none of its members' values."""

    def texts(name: str) -> tuple[str, ...]:
        value = stated.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"run.json has no list of texts under {name!r} of 'asked'.")
        return tuple(value)

    return Accounts(
        role_arns=texts("role_arns"),
        role_name=str(stated.get("role_name", "")),
        organization=stated.get("organization") is True,
        units=texts("organizational_units"),
        named=texts("accounts"),
        excluded=texts("excluded_accounts"),
    )
