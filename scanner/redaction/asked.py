"""What is asked for: it is named at every start of a command, so nothing else is here."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Redaction:
    """Which values are replaced by pseudonyms, as the file ``rules`` says, and the key of these (docs/redaction.md)."""

    rules: Path
    key: bytes = field(repr=False)
