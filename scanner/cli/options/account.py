"""How a command reaches AWS accounts: the ordinary boto3 credential chain, and a few options."""

from functools import wraps
from typing import Any

import click

from scanner.aws.options import WORKERS, Account, Accounts
from scanner.cli.options import completing
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import Command, once, with_options
from scanner.errors import UsageError

_PROFILE = once(
    "--profile",
    metavar="NAME",
    shell_complete=completing.profiles,
    help="The AWS profile to use (default: the ordinary credential chain).",
)
_EXTERNAL_ID = once("--external-id", metavar="ID", help="The external ID that the role requires.")
_REGION = click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="REGION",
    shell_complete=completing.regions,
    help="Look at this Region (repeatable; default: all enabled Regions).",
)


_OF_ACCOUNTS = (
    _PROFILE,
    click.option(
        "--role-arn",
        "role_arns",
        multiple=True,
        metavar="ARN",
        help="A role to assume first. Given several times, each role's account is looked at.",
    ),
    once("--role-name", metavar="NAME", help="The role to assume in every account that is chosen."),
    _EXTERNAL_ID,
    once("--role-session-name", "session_name", metavar="NAME", help="The role session name (default: trailwitness)."),
    click.option("--organization", is_flag=True, help="Look at every account of the organization, or at those named."),
    click.option(
        "--ou",
        "units",
        multiple=True,
        metavar="UNIT",
        help="Look at the accounts below this organizational unit, by id or as NAME/NAME (repeatable).",
    ),
    click.option("--account", "named", multiple=True, metavar="ID", help="Look at this account (repeatable)."),
    click.option(
        "--exclude-account",
        "excluded",
        multiple=True,
        metavar="ID",
        help="Leave this account out (repeatable).",
    ),
    _REGION,
    click.option(
        "--bucket-owner",
        "bucket_owners",
        multiple=True,
        metavar="ACCOUNT",
        help="Also ask whether this account, such as the log archive, owns a log bucket (repeatable).",
    ),
    click.option(
        "--evidence-bucket",
        "evidence_buckets",
        multiple=True,
        metavar="NAME",
        help="Also record how this bucket, which keeps reports and bundles, keeps them (repeatable).",
    ),
    once(
        "--workers",
        type=WholeNumber(1, 256),
        metavar="NUMBER",
        default=WORKERS,
        show_default=True,
        help="How many calls are under way at once, over all accounts.",
    ),
)
"""The options of commands that look at one account or at many, in the order of their help."""


def account_options(command: Command) -> Command:
    """``--profile``, ``--role-arn``, ``--external-id``, ``--region``; the command gets them as ``account``."""

    @wraps(command)
    def with_account(
        *,
        profile: str | None,
        role_arn: str | None,
        external_id: str | None,
        regions: tuple[str, ...],
        **others: Any,
    ) -> Any:
        return command(account=Account(profile, role_arn, external_id, regions), **others)

    return with_options(
        with_account,
        (_PROFILE, once("--role-arn", metavar="ARN", help="A role to assume first."), _EXTERNAL_ID, _REGION),
    )


def accounts_options(command: Command) -> Command:
    """The same for one account or many, with what chooses them; the command gets them as ``account``."""

    @wraps(command)
    def with_accounts(
        *,
        profile: str | None,
        role_arns: tuple[str, ...],
        role_name: str | None,
        external_id: str | None,
        session_name: str | None,
        organization: bool,
        units: tuple[str, ...],
        named: tuple[str, ...],
        excluded: tuple[str, ...],
        regions: tuple[str, ...],
        bucket_owners: tuple[str, ...],
        evidence_buckets: tuple[str, ...],
        workers: int,
        **others: Any,
    ) -> Any:
        chosen = Accounts((), role_name or "", organization, units, named, excluded)
        first = role_arns[0] if len(role_arns) == 1 else None
        if len(role_arns) > 1:
            if chosen.given:
                raise UsageError(
                    "--role-arn is given several times together with options that choose accounts by --role-name.",
                    "Name each role with --role-arn, or one role for all accounts with --role-name.",
                )
            chosen = Accounts(role_arns)
        account = Account(
            profile, first, external_id, regions, bucket_owners, evidence_buckets, chosen, session_name, workers
        )
        return command(account=account, **others)

    return with_options(with_accounts, _OF_ACCOUNTS)
