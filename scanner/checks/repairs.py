"""What to do about one resource: the rule's remediation with the resource's own names in it."""

import re
import shlex
from collections.abc import Mapping

from scanner.facts.rows import Row
from scanner.model import JsonValue
from scanner.resources import RESOURCES

_WORD = re.compile(r"(?<![A-Za-z0-9_-])[A-Z]{3,}(?![A-Za-z0-9_-])")
_FROM_A_FILE = ("file://", "fileb://")


def own_remediation(remediation: str, row: Row) -> str:
    """The remediation for this resource; "" when it names nothing that the row knows.

    Names are quoted for a shell. One that the AWS CLI would read from the local disk, or take for an option, is left
    out, and so is one that needs quotes inside a longer word: the word in capitals stays. A word that several
    names answer to stays as well, and what it stands for is said at the end.
    """
    fields = RESOURCES[row.type].own_names if row.type in RESOURCES else {}
    line = " ".join(remediation.split())
    several: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        names = _names(row.data, fields.get(match[0], ""))
        if len(names) > 1:
            several[match[0]] = ", ".join(shlex.quote(name) for name in names)
        if len(names) != 1:
            return match[0]
        alone = match.start() == 0 or line[match.start() - 1] == " "
        quoted = shlex.quote(names[0])
        return quoted if alone or quoted == names[0] else match[0]

    told = _WORD.sub(named, line)
    if several:
        told = f"{told.rstrip('.')}. {'; '.join(f'{word} stands for {names}' for word, names in several.items())}."
    return "" if told == line else told


def _names(data: Mapping[str, JsonValue], field: str) -> list[str]:
    """The names that a field holds, alone or in a list, as far as a command may contain them."""
    value = data.get(field)
    listed = value if isinstance(value, list) else [value]
    return [name for name in listed if isinstance(name, str) and name and not name.startswith((*_FROM_A_FILE, "-"))]
