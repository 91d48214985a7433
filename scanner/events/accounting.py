"""What became of every source of log records: how many were read, and what was malformed, cut off or passed over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """One line for each source object; nothing is dropped without standing here.

    ``envelope`` is the shape the content was recognised by, ``records`` how many records were taken from it,
    ``duplicates`` how many of them had been seen before (same ``eventID``), ``matched`` how many a rule matched.
    ``malformed`` names items that should have been records and are not readable, as (position in the source, why), the
    first ones only; ``malformed_count`` counts them all. ``cut`` says why the end of the source is missing ("" when it
    is whole), ``skipped`` why a source that is no log file was passed over ("" when it was not). ``notes`` tell what
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
    cut: str = ""
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every record of the source was read; a log that was passed over knowingly is not one of them."""
        return not (self.malformed or self.malformed_count or self.cut)


def unreadable(source: str, why: str) -> SourceAccount:
    """The account of a source that could not be read at all."""
    return SourceAccount(source, "", 0, 0, 0, (), "", 0, "", cut=why)
