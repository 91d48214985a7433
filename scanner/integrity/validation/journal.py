"""The state file of a validation: each day that was looked at in full, so that a run that was killed goes on.

A line of JSON for each day, after a first one that says what is validated. A line is written when its day is done, and
whole or not at all: one that a killed run left half-written is cut off. Days of which something was refused are not
kept; they are looked at again.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO

import msgspec

from scanner.errors import UsageError
from scanner.integrity.judging.results import DayResult
from scanner.integrity.names import Place

SCHEMA = "trailwitness/integrity-state/v2"


@dataclass(frozen=True, slots=True)
class Header:
    """What a state file is of: the source, what was asked for (options as given), and the period that it means."""

    source: str
    asked: Mapping[str, str]
    since: datetime
    until: datetime
    now: datetime
    schema: str = SCHEMA


_BEYOND = 9000
"""A year in which nothing is delivered; so near the last one of the calendar, times cannot be reckoned with."""

_HEADER = msgspec.json.Decoder(Header)


@dataclass(frozen=True, slots=True)
class Part:
    """What days are of: a source, and the period in which it is looked at. A chain is followed to other sources."""

    source: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A line of the file."""

    of: Part
    result: DayResult


_WITHOUT_ZONE = re.compile(rb'"\d{4}-\d\d-\d\dT[\d:.]+"')
_DAY = msgspec.json.Decoder(KeptDay)
_Day = tuple[Part, Place, date]


@dataclass(slots=True)
class Journal:
    """The state file while it is written to. ``done`` has the place of each day's line, for every part of the run.

    ``part`` is the one whose days are asked for here; None for that of the header.
    """

    header: Header
    stream: IO[bytes] | None = None
    done: dict[_Day, int] = field(default_factory=dict)
    part: Part | None = None

    def of(self, source: str, since: datetime, until: datetime) -> "Journal":
        """The same file for the days of another source, which a chain is followed to."""
        return Journal(self.header, self.stream, self.done, Part(source, since, until))

    def knows(self, place: Place, day: date) -> bool:
        """Whether a day was looked at before."""
        return self._day(place, day) in self.done

    def kept(self, place: Place, day: date) -> DayResult | None:
        """A day that was looked at before."""
        at = self.done.get(self._day(place, day))
        if at is None or self.stream is None:
            return None
        self.stream.seek(at)
        return _DAY.decode(self.stream.readline()).result

    def keep(self, result: DayResult) -> None:
        """Write a day down, unless something of it was refused."""
        named = self._day(result.place, result.day)
        if self.stream is None or not result.complete or named in self.done:
            return
        self.stream.seek(0, os.SEEK_END)
        self.done[named] = self.stream.tell()
        self.stream.write(msgspec.json.encode(KeptDay(named[0], result)) + b"\n")
        self.stream.flush()

    def _day(self, place: Place, day: date) -> _Day:
        header = self.header
        return self.part or Part(header.source, header.since, header.until), place, day

    def close(self) -> None:
        """Let go of the file."""
        if self.stream is not None:
            self.stream.close()


def open_journal(path: Path | None, header: Header) -> Journal:
    """The state file at a path, begun or gone on with; without a path nothing is kept.

    A file of the same source and options goes on with its own period. Raises UsageError for one of another validation,
    and for what is not a state file.
    """
    if path is None:
        return Journal(header)
    try:
        if not path.exists() or path.stat().st_size == 0:
            stream = path.open("w+b")
            stream.write(msgspec.json.encode(header) + b"\n")
            stream.flush()
            return Journal(header, stream)
        return _gone_on_with(path, header)
    except OSError as error:
        raise UsageError(
            f"The state file {path} cannot be used: {error.strerror or error}.", "Name a file in a writable folder."
        ) from error


def _gone_on_with(path: Path, header: Header) -> Journal:
    stream = path.open("r+b")
    try:
        found = _header(path, stream.readline())
        _check_same(path, found, header)
        journal = Journal(found, stream)
        at = stream.tell()
        while line := stream.readline():
            if not line.endswith(b"\n"):
                stream.truncate(at)
                break
            day = _result(path, line)
            journal.done[day.of, day.result.place, day.result.day] = at
            at = stream.tell()
    except UsageError:
        stream.close()
        raise
    return journal


def _header(path: Path, line: bytes) -> Header:
    try:
        found = _HEADER.decode(line)
    except msgspec.DecodeError as error:
        raise _not_one(path) from error
    if found.schema != SCHEMA and found.schema.startswith(SCHEMA.rpartition("/")[0]):
        told = f"The state file {path} was written by another version of trailwitness, which looked at other things."
        raise UsageError(told, "Name another file with --state, or remove it.")
    possible = all(each.tzinfo is not None and each.year < _BEYOND for each in (found.since, found.until, found.now))
    if found.schema != SCHEMA or not line.endswith(b"\n") or not possible or found.until < found.since:
        raise _not_one(path)
    return found


def _result(path: Path, line: bytes) -> KeptDay:
    try:
        if _WITHOUT_ZONE.search(line):
            raise _not_one(path)
        return _DAY.decode(line)
    except msgspec.DecodeError as error:
        raise _not_one(path) from error


def _not_one(path: Path) -> UsageError:
    return UsageError(
        f"{path} is not a state file of trailwitness integrity, or it was changed.", "Name another file with --state."
    )


def _check_same(path: Path, found: Header, header: Header) -> None:
    """UsageError unless a state file is of this validation."""
    if found.source != header.source:
        raise UsageError(
            f"The state file {path} is of {found.source}, and {header.source} is to be validated.",
            "Name another file with --state, or remove it.",
        )
    differing = sorted(
        name for name in {*found.asked, *header.asked} if found.asked.get(name, "") != header.asked.get(name, "")
    )
    if differing:
        name = differing[0]
        raise UsageError(
            f"The state file {path} is of a validation with {name} {found.asked.get(name) or 'not given'}, and now it "
            f"is {header.asked.get(name) or 'not given'}.",
            "Give the same options, or name another file with --state.",
        )
