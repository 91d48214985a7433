"""What to do about one resource: the rule's remediation with the resource's own names in it."""

import re
import shlex
from collections.abc import Mapping

from scanner.model import JsonValue
from scanner.resources.own_names import OWN_NAMES
from scanner.resources.rows import Row

_WORD = re.compile(r"(?<![A-Za-z0-9_-])[A-Z]{3,}(?![A-Za-z0-9_-])")
_FROM_A_FILE = ("file://", "fileb://")


def own_remediation(remediation: str, row: Row) -> str:
    """The remediation for this resource; "" when it names nothing that the row knows.

    Names are quoted for a shell. One that the AWS CLI would read from the local disk, or take for an option, is left out, and
    so is one in need of quotes that would not stand alone: the word in capitals stays.
    """
    names, line = OWN_NAMES.get(row.type, {}), " ".join(remediation.split())

    def named(match: re.Match[str]) -> str:
        value = _name(row.data, names.get(match[0], ""))
        alone = match.start() == 0 or line[match.start() - 1] == " "
        quoted = shlex.quote(value)
        if not value or value.startswith((*_FROM_A_FILE, "-")) or not (alone or quoted == value):
            return match[0]
        return quoted

    told = _WORD.sub(named, line)
    return "" if told == line else told


def _name(data: Mapping[str, JsonValue], field: str) -> str:
    """The name that a field holds, alone or as the only one of a list; "" when there is none or there are several."""
    value = data.get(field)
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    return value if isinstance(value, str) else ""
