"""Which log sources a command reads, and for what time. It knows no kind of source by name."""

import fnmatch
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanner.aws.options import SESSION_NAME, Account, CollectOptions
from scanner.errors import UsageError
from scanner.files.log_source import LogSource
from scanner.log_sources import SOURCES, choosing, forms, kind_of, options
from scanner.log_sources.access import LogAccess
from scanner.log_sources.kind import Choice, Kind, Say, Wanted
from scanner.log_sources.window import LATE, Window
from scanner.model import Caller
from scanner.times import parse_iso
from scanner.wording import listed

_TIME = re.compile(
    r"\d{4}(-?)\d\d\1\d\d"
    r"(?:[Tt ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
_AGO = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_FIRST_YEAR = 1970
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is named: addresses of sources, how AWS is reached, what chooses among their content, and the time wanted.

    ``named`` holds what options name, by the kind of source; one that is only set has the value "".
    """

    sources: tuple[str, ...]
    account: Account
    accounts: tuple[str, ...] = ()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    late: timedelta | None = None

    @property
    def by_kind(self) -> dict[str, tuple[str, ...]]:
        """What is named of each kind of source, in the order in which they are opened."""
        found: dict[str, list[str]] = {name: list(self.named.get(name, ())) for name in SOURCES}
        for address in self.sources:
            found[kind_of(address)].append(address)
        return {name: tuple(texts) for name, texts in found.items() if texts}

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is read, as it was asked for."""
        optional = [SOURCES[kind].called(text) for kind in SOURCES for text in self.named.get(kind, ())]
        return (*self.sources, *optional)

    def places(self) -> tuple[Path, ...]:
        """The files and folders on this machine that are named, those that a pattern matches each by itself."""
        found: list[Path] = []
        for kind, texts in self.by_kind.items():
            reader = SOURCES[kind].load()
            for text in texts:
                found += reader.places(text)
        return tuple(found)

    def passing(self) -> tuple[str, ...]:
        """What is named and could not be read a second time, as it is called."""
        found: list[str] = []
        for kind, texts in self.by_kind.items():
            reader = SOURCES[kind].load()
            found += [SOURCES[kind].called(text) or text for text in texts if reader.passing(text)]
        return tuple(found)


@dataclass(slots=True)
class Opened:
    """The sources as they are found; ``passed_over`` and ``caller`` are known when all of them are.

    ``redacted`` says how many values of their records were replaced by pseudonyms, by the rule that chose them; then
    ``asked`` is what was asked for, with the same values replaced.
    """

    sources: list[LogSource] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    caller: Caller = field(default_factory=Caller)
    partition: str = "aws"
    redacted: Mapping[str, int] = field(default_factory=dict)
    asked: tuple[str, ...] | None = None


def moment(text: str | None, option: str, now: datetime, *, end: bool = False) -> datetime | None:
    """A time as ``--since`` and ``--until`` take it: ``2026-11-20``, ``2026-11-20T07:00:00Z``, or ``7d`` before now.

    A day (``20261120`` too) stands for its beginning, and with ``end`` for its end. Times without a zone are UTC.
    Raises UsageError for anything else, such as weeks.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago:
        return _possible(now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}), f"{option} {text}")
    hint = "Write 2026-11-20, 2026-11-20T07:00:00Z, or 7d for seven days ago (also m, h, w)."
    if not _TIME.fullmatch(text):
        raise UsageError(f"{option} {text}: this is not a time.", hint)
    found = parse_iso(text)
    if found is None:
        raise UsageError(f"{option} {text}: this is not a time.", hint)
    if end and len(text) in {len("2026-11-20"), len("20261120")}:
        found += timedelta(days=1, microseconds=-1)
    return _possible(found, f"{option} {text}")


def _possible(moment: datetime, written: str) -> datetime:
    """The moment. Raises UsageError for one before 1970, from which nothing is recorded."""
    if moment.year < _FIRST_YEAR:
        raise UsageError(
            f"{written}: this is before {_FIRST_YEAR}, and nothing is recorded of that time.", "Name a later one."
        )
    return moment


def reached(account: Account) -> CollectOptions:
    """How AWS is reached with the options of a command."""
    return CollectOptions(
        profile=account.profile,
        role_arn=account.role_arn,
        external_id=account.external_id,
        regions=account.regions,
        session_name=account.session_name or SESSION_NAME,
    )


def open_sources(asked: Asked, now: datetime, *, asks_aws: bool = False, insights: bool = False) -> Opened:
    """Find every source that was asked for; ``asks_aws`` says that the command asks AWS for something itself.

    ``insights`` says that Insights events are wanted too, where a source gives them only when asked.

    Raises UsageError when nothing was asked for, a path or bucket is not there, or options do not go together, and
    CollectError when AWS cannot be reached.
    """
    _check(asked, asks_aws=asks_aws)
    _check_period(asked, now)
    opened = Opened()

    def say(name: str, why: str) -> None:
        opened.passed_over.append((name, why))

    for source in _found(asked, now, opened, say, insights=insights):
        pattern = _excluded_by(source.name, asked.excluded)
        if pattern:
            say(source.name, f"left out by --exclude {pattern}")
        else:
            opened.sources.append(source)
    opened.passed_over.sort()  # buckets are listed in several threads
    from scanner.log_sources.ahead import read_ahead

    opened.sources = read_ahead(opened.sources)
    return opened


def lateness(text: str | None) -> timedelta | None:
    """How long after the end of the window deliveries are still read, as ``--late`` takes it: ``30d`` (also m, h, w).

    Raises UsageError.
    """
    if text is None:
        return None
    length = _AGO.fullmatch(text)
    if length is None:
        raise UsageError(f"--late {text}: this is not a length of time.", "Write 30d for thirty days (also m, h, w).")
    return timedelta(**{_UNITS[length[2]]: int(length[1])})


def _excluded_by(name: str, patterns: Sequence[str]) -> str:
    """The pattern that leaves a source out, "" when none does.

    One without a slash is matched with the last part of the name, one with a slash with the whole name; a member of a
    zip file is found by the name of the file, too.
    """
    outer = name.partition("!")[0]
    for pattern in patterns:
        whole = "/" in pattern
        names = {text if whole else re.split(r"[/!]", text)[-1] for text in (name, outer)}
        if any(fnmatch.fnmatchcase(each, pattern) for each in names):
            return pattern
    return ""


def _found(asked: Asked, now: datetime, opened: Opened, say: Say, *, insights: bool) -> Iterator[LogSource]:
    """The sources of every kind that is named, and in ``opened`` what was learned of AWS on the way."""
    aws = LogAccess(reached(asked.account), {name for kind in asked.by_kind for name in SOURCES[kind].calls})
    window = Window(asked.since, asked.until, asked.late or LATE)
    wanted = Wanted(window, now, say, aws, frozenset(asked.accounts), sys.stdin.buffer, insights)
    for kind, texts in asked.by_kind.items():
        yield from SOURCES[kind].load().sources(texts, wanted)
    opened.partition, opened.caller = aws.partition, aws.identity()


def _check(asked: Asked, *, asks_aws: bool) -> None:
    """Refuse what names nothing and what does not go together. Raises UsageError."""
    _check_values(asked)
    if not asked.names:
        raise UsageError(
            "No source of log records is named.", f"Name {listed(forms())}, or ask for {listed(options())}."
        )
    kinds = [SOURCES[name] for name in asked.by_kind]
    if asked.account.given and not (asks_aws or any(kind.calls for kind in kinds)):
        raise UsageError("AWS options are given, but nothing is read from AWS.", "Drop them.")
    if asked.account.external_id and not asked.account.role_arn:
        raise UsageError("--external-id is given without --role-arn.", "Name the role to assume.")
    if asked.account.accounts.given:
        raise UsageError("Log records are read with the credentials of one account.", "Drop accounts.")
    _check_choices(asked, kinds)


def _check_period(asked: Asked, now: datetime) -> None:
    """Refuse a time that has not come, and a period that ends before it begins; today may be named whole."""
    for option, moment in (("--since", asked.since), ("--until", asked.until)):
        if moment is not None and moment > now and (option == "--since" or moment.date() > now.date()):
            raise UsageError(
                f"{option} {moment.astimezone(UTC):%Y-%m-%dT%H:%MZ} is in the future: there is no record of it yet.",
                "Name a time that has passed.",
            )
    if asked.since and asked.until and asked.since > asked.until:
        raise UsageError("--since is later than --until.", "Swap them.")


def _check_values(asked: Asked) -> None:
    """Refuse what names nothing, as an unset variable of a shell does, and accounts that are none."""
    _check_filled("A source", asked.sources, f"Name {listed(forms())}.")
    _check_filled("--exclude", asked.excluded, "Write a name such as '*.md', or drop it.")
    for name, kind in SOURCES.items():
        if kind.option and kind.option.metavar:
            _check_filled(kind.option.name, asked.named.get(name, ()), kind.option.hint)
    _check_filled(Choice.ACCOUNT.value, asked.accounts, "Write the twelve digits of an account, or drop it.")
    for account in asked.accounts:
        if not re.fullmatch("[0-9]{12}", account):
            raise UsageError(f"--account {account} is not the id of an account.", "Write its twelve digits.")


def _check_filled(option: str, values: Sequence[str], hint: str) -> None:
    if not all(value.strip() for value in values):
        raise UsageError(f"{option} is empty and names nothing.", hint)


def _check_choices(asked: Asked, kinds: Sequence[Kind]) -> None:
    """Refuse options that choose among the content of sources which are not named, or not alone."""
    if asked.accounts:
        _check_accounts(asked, kinds)
    local = [text for name, texts in asked.by_kind.items() if not SOURCES[name].calls for text in texts]
    if asked.account.regions and local:
        raise UsageError(
            f"--region chooses what is read from AWS, and does not apply to {local[0]}.",
            "Judge them in runs of their own.",
        )
    late = any(Choice.LATE in kind.choices for kind in kinds)
    if asked.late is not None and not (asked.until and late):
        raise UsageError(
            f"--late is about {_nouns(Choice.LATE)}, and a window that ends.", "Give --until too, or drop it."
        )


def _check_accounts(asked: Asked, kinds: Sequence[Kind]) -> None:
    chooses = f"--account chooses accounts of {_nouns(Choice.ACCOUNT)}"
    if not any(Choice.ACCOUNT in kind.choices for kind in kinds):
        signs = listed([kind.sign for kind in choosing(Choice.ACCOUNT)])
        raise UsageError(f"{chooses}, but no {signs} source is named.", "Drop it.")
    for name, texts in asked.by_kind.items():
        if Choice.ACCOUNT not in SOURCES[name].choices:
            raise UsageError(
                f"{chooses}, and does not apply to {SOURCES[name].called(texts[0])}.",
                "Judge them in runs of their own.",
            )


def _nouns(choice: Choice) -> str:
    return listed([kind.noun for kind in choosing(choice)])
