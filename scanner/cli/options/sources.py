"""The options that name sources of log records and a window of time."""

from functools import wraps
from typing import Any

import click

from scanner.aws.options import Account
from scanner.cli.options.account import account_options
from scanner.cli.options.once import Command, once, with_options
from scanner.runs.log_opening import Asked, lateness, moment

_OPTIONS = (
    click.argument("sources", nargs=-1, metavar="[SOURCES]..."),
    click.option(
        "--event-history", is_flag=True, help="Read CloudTrail's event history (90 days, 2 calls per second)."
    ),
    click.option("--log-group", "log_groups", multiple=True, metavar="NAME", help="Read this log group (repeatable)."),
    click.option(
        "--account",
        "accounts",
        multiple=True,
        metavar="ID",
        help="Read only this account's logs from a bucket (repeatable).",
    ),
    click.option(
        "--exclude",
        "excluded",
        multiple=True,
        metavar="GLOB",
        help=(
            "Leave out sources with this name; the reports list them (repeatable). "
            "'*.md' matches in any folder, 'a/*.md' matches the whole path."
        ),
    ),
    once("--since", metavar="TIME", help="Judge events from this time on: a date, a time, or 7d (seven days ago)."),
    once("--until", metavar="TIME", help="Judge events up to this time."),
    once(
        "--late",
        metavar="TIME",
        help=(
            "Also read what was delivered to a bucket or log group up to this long after --until "
            "(default 1d; CloudTrail retries for 30d)."
        ),
    ),
)


def source_options(command: Command) -> Command:
    """``SOURCES`` and what belongs to them; the command gets them as ``asked``, and when it began as ``started``."""

    @wraps(command)
    def with_asked(
        *,
        sources: tuple[str, ...],
        event_history: bool,
        log_groups: tuple[str, ...],
        accounts: tuple[str, ...],
        excluded: tuple[str, ...],
        since: str | None,
        until: str | None,
        late: str | None,
        account: Account,
        **others: Any,
    ) -> Any:
        from scanner.collect.collection import utc_now

        started = utc_now()
        asked = Asked(
            sources=sources,
            account=account,
            accounts=accounts,
            event_history=event_history,
            log_groups=log_groups,
            excluded=excluded,
            since=moment(since, "--since", started),
            until=moment(until, "--until", started, end=True),
            late=lateness(late),
        )
        return command(asked=asked, started=started, **others)

    return with_options(account_options(with_asked), _OPTIONS)
