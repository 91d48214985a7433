"""How a command reaches an AWS account: the ordinary boto3 credential chain, and a few options."""

from functools import wraps
from typing import Any

import click

from scanner.aws.options import Account
from scanner.cli.options.once import Command, once, with_options


def account_options(command: Command) -> Command:
    """``--profile``, ``--role-arn``, ``--external-id``, ``--region``; the command gets them as ``account``."""

    @wraps(command)
    def with_account(
        *,
        profile: str | None,
        role_arn: str | None,
        external_id: str | None,
        regions: tuple[str, ...],
        bucket_owners: tuple[str, ...] = (),
        **others: Any,
    ) -> Any:
        return command(account=Account(profile, role_arn, external_id, regions, bucket_owners), **others)

    options = (
        once("--profile", help="The AWS profile to use (default: the ordinary credential chain)."),
        once("--role-arn", help="A role to assume first."),
        once("--external-id", help="The external ID that the role requires."),
        click.option(
            "--region", "regions", multiple=True, help="Look at this Region (repeatable; default: all enabled Regions)."
        ),
    )
    return with_options(with_account, options)


bucket_owner_option = click.option(
    "--bucket-owner",
    "bucket_owners",
    multiple=True,
    metavar="ACCOUNT",
    help="Also ask whether this account, such as the log archive, owns a log bucket (repeatable).",
)
"""``--bucket-owner``: accounts that may own the log buckets. It is part of ``account``; put it below those options."""
