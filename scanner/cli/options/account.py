"""How a command reaches an AWS account: the ordinary boto3 credential chain, and a few options."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from scanner.aws.options import Account
from scanner.cli.options.once import once
from scanner.cli.terminal.progress import progress_bar
from scanner.errors import UsageError
from scanner.model import Rule

Command = TypeVar("Command", bound=Callable[..., Any])


def account_options(command: Command) -> Command:
    """``--profile``, ``--role-arn``, ``--external-id``, ``--region``: the same on every command that collects."""
    options = (
        once("--profile", help="The AWS profile to use (default: the ordinary credential chain)."),
        once("--role-arn", help="A role to assume first."),
        once("--external-id", help="The external id the role asks for."),
        click.option(
            "--region", "regions", multiple=True, help="Look at this Region (repeatable; default: all enabled)."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def bucket_owner_option(command: Command) -> Command:
    """``--bucket-owner``: accounts that may own the log buckets."""
    option = click.option(
        "--bucket-owner",
        "bucket_owners",
        multiple=True,
        metavar="ACCOUNT",
        help="Also ask whether this account, such as the log archive, owns a log bucket (repeatable).",
    )
    return option(command)


def collect_snapshot(account: Account, rules: Sequence[Rule], target: Path) -> None:
    """Record what the rules need into ``target``, with a progress bar on a terminal.

    Raises CollectError when AWS cannot be reached at all and UsageError for options that cannot work.
    """
    from scanner.collect import CollectOptions, collect

    if account.external_id and not account.role_arn:
        raise UsageError("--external-id is given without --role-arn.", "Name the role to assume.")
    for owner in account.bucket_owners:
        if not re.fullmatch(r"[0-9]{12}", owner):
            raise UsageError(f"--bucket-owner {owner} is not an account id.", "Write the 12 digits of the account.")
    options = CollectOptions(
        profile=account.profile,
        role_arn=account.role_arn,
        external_id=account.external_id,
        regions=account.regions,
        bucket_owners=account.bucket_owners,
    )
    with progress_bar() as progress:
        collect(options, rules, target, progress)
