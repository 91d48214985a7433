"""What became of every source of log records: how many were read, and what was malformed, cut off or passed over."""

from dataclasses import dataclass

from scanner.model import GapKind


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """One line for each source object; nothing is dropped silently.

    ``envelope`` is the shape the content was recognized by, ``records`` how many records were taken from it,
    ``duplicates`` how many of them had been seen before (same ``eventID``), ``matched`` how many a rule matched.
    ``malformed`` names items that should have been records and are not readable, as (position in the source, why), the
    first ones only; ``malformed_count`` counts them all. ``unread`` and ``unread_count`` say the same of items in which
    no record was found and that are not known to hold none. ``cut`` says why the end of the source is missing ("" when
    it is whole), ``skipped`` what a source is that is known to hold no records ("" for any other). ``notes`` tell what
    else an auditor should know. ``bytes`` and ``sha256`` are of the bytes as read, before any unpacking.
    """

    source: str
    envelope: str
    records: int
    duplicates: int
    matched: int
    malformed: tuple[tuple[int, str], ...]
    skipped: str
    bytes: int
    sha256: str
    malformed_count: int = 0
    unread: tuple[tuple[int, str], ...] = ()
    unread_count: int = 0
    cut: str = ""
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every record of the source was read; a source that is known to hold none is read too."""
        return not (self.malformed or self.malformed_count or self.unread or self.unread_count or self.cut)

    @property
    def unopened(self) -> bool:
        """Whether nothing of it could be read; ``cut`` is a sentence about the source then."""
        return bool(self.cut) and not self.sha256

    @property
    def why(self) -> str:
        """The first reason why it is not complete; "" when it is."""
        named = [*self.malformed, *self.unread]
        return self.cut or (named[0][1] if named else "")

    def losses(self) -> tuple[tuple[GapKind, str], ...]:
        """What of the source was not read, as (kind of gap, sentence); nothing when it is complete."""
        found: list[tuple[GapKind, str]] = []
        if self.cut and self.unopened:
            found.append((GapKind.ERROR, self.cut))
        elif self.cut:
            found.append((GapKind.ERROR, f"{self.source} was not read to its end: {self.cut}"))
        malformed = max(self.malformed_count, len(self.malformed))
        if malformed:
            things = (
                f"{malformed} items that are not readable records"
                if malformed > 1
                else "1 item that is not a readable record"
            )
            found.append((GapKind.INVALID, f"{self.source} holds {things}{_first(self.malformed)}"))
        unread = max(self.unread_count, len(self.unread))
        if unread == 1 and self.unread and not (self.records or malformed):
            found.append((GapKind.INVALID, f"{self.source} was not read: {self.unread[0][1]}"))
        elif unread:
            things = f"{unread} items" if unread > 1 else "1 item"
            found.append(
                (GapKind.INVALID, f"{self.source} holds {things} in which no record was found{_first(self.unread)}")
            )
        return tuple(found)


def _first(named: tuple[tuple[int, str], ...]) -> str:
    return f"; the first, at {named[0][0]}: {named[0][1]}" if named else ""


def unreadable(source: str, why: str) -> SourceAccount:
    """The account of a source that could not be read at all."""
    said = why.rstrip(".")
    return SourceAccount(source, "", 0, 0, 0, (), "", 0, "", cut=said if source in said else f"{source}: {said}")
