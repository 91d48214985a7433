"""Records of CloudTrail with values replaced by pseudonyms, and what must not be in them."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from scanner.redaction.choosing import Choice, chosen
from scanner.redaction.gathering import Values
from scanner.redaction.replacing import Replacement
from scanner.redaction.secrets import credential, refuse_credentials

_SERVICE = ".amazonaws.com"
_CARD = re.compile(
    r"(?<![\w.+/=-])(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    r"|3[47][0-9]{13}|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}|(?:4[0-9]{3}|5[1-5][0-9]{2})(?P<gap>[ -])[0-9]{4}(?P=gap)"
    r"[0-9]{4}(?P=gap)[0-9]{4})(?![\w.+/=-])"
)
"""Numbers of payment cards by the beginnings of their issuers (ISO/IEC 7812), bare or in groups of four."""


def gather(values: Values, choices: tuple[Choice, ...], records: Iterable[Any]) -> None:
    """Take the values of records that are to be replaced."""
    for record in records:
        values.add(chosen(choices, _operation(record), record))


def _operation(record: Any) -> str:
    """A record's event as operations are named: ``iam.CreateUser``."""
    if not isinstance(record, Mapping):
        return ""
    source, name = record.get("eventSource"), record.get("eventName")
    return f"{str(source).removesuffix(_SERVICE)}.{name}"


def redacted_log(name: str, records: Iterable[Any], replacing: Replacement) -> bytes:
    """A log file of the records with values replaced, packed where its name says so.

    Raises UsageError for a record that holds what looks like a credential or the number of a payment card.
    """
    made = []
    for number, record in enumerate(records):
        replaced = replacing.data(record, names=True)
        refuse_credentials(f"Record {number} of {name}", credential(replaced, of_records=True) or _card(replaced))
        made.append(replaced)
    content = json.dumps({"Records": made}, ensure_ascii=True, separators=(",", ":")).encode()
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content


def _card(record: Any) -> str:
    """Whether a record holds the number of a payment card that passes the check of Luhn (ISO/IEC 7812-1, annex B)."""
    text = json.dumps(record, ensure_ascii=True)
    return "the number of a payment card" if any(map(_is_card, _CARD.finditer(text))) else ""


def _is_card(found: re.Match[str]) -> bool:
    digits = [int(character) for character in found[0] if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
