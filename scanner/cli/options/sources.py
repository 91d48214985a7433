"""The options that name sources of log records and a window of time."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from scanner.aws.options import Account
from scanner.cli.options.account import account_options
from scanner.cli.options.once import Command, once, with_options
from scanner.log_sources import SOURCES, choosing
from scanner.log_sources.kind import Choice, Option
from scanner.runs.over_logs.opening import Asked, lateness, moment
from scanner.wording import listed


def _option(option: Option) -> Callable[..., Any]:
    """The option that names sources of a kind."""
    if option.metavar:
        return click.option(option.name, multiple=True, metavar=option.metavar, help=option.help)
    return click.option(option.name, is_flag=True, help=option.help)


def _nouns(choice: Choice) -> str:
    return listed([kind.noun for kind in choosing(choice)])


_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.argument("sources", nargs=-1, metavar="[SOURCES]..."),
    *(_option(kind.option) for kind in SOURCES.values() if kind.option),
    click.option(
        Choice.ACCOUNT.value,
        "accounts",
        multiple=True,
        metavar="ID",
        help=f"Read only this account's logs from {_nouns(Choice.ACCOUNT)} (repeatable).",
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
    once("--since", metavar="TIME", help="Take events from this time on: a date, a time, or 7d (seven days ago)."),
    once("--until", metavar="TIME", help="Take events up to this time."),
    once(
        Choice.LATE.value,
        metavar="TIME",
        help=(
            f"Also read what was delivered to {_nouns(Choice.LATE)} up to this long after --until "
            "(default 1d; CloudTrail retries for 30d)."
        ),
    ),
)


def _named(given: bool | tuple[str, ...]) -> tuple[str, ...]:
    """The values of an option, the empty one for an option that is only set."""
    return given if isinstance(given, tuple) else ("",) * given


def source_options(command: Command) -> Command:
    """``SOURCES`` and what belongs to them; the command gets them as ``asked``, and when it began as ``started``."""

    @wraps(command)
    def with_asked(
        *,
        sources: tuple[str, ...],
        accounts: tuple[str, ...],
        excluded: tuple[str, ...],
        since: str | None,
        until: str | None,
        late: str | None,
        account: Account,
        **others: Any,
    ) -> Any:
        from scanner.collect.recording import utc_now

        started = utc_now()
        asked = Asked(
            sources=sources,
            account=account,
            accounts=accounts,
            named={name: _named(others.pop(kind.option.parameter)) for name, kind in SOURCES.items() if kind.option},
            excluded=excluded,
            since=moment(since, "--since", started),
            until=moment(until, "--until", started, end=True),
            late=lateness(late),
        )
        return command(asked=asked, started=started, **others)

    return with_options(account_options(with_asked), _OPTIONS)
