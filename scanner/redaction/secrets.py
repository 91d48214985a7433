"""Credentials in what is about to be sealed: they are never evidence, and whoever gets the bundle would have them.

The id of an AWS access key is none: it says who called, as records of CloudTrail must, and opens nothing. Its secret
is one. A session token opens nothing without that secret, and CloudTrail writes it into the answers of AWS STS that it
records; in what is recorded of an account it has no place.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.errors import UsageError

_KEY_ID = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_SECRET = re.compile(
    r"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z/+]*[0-9])"
    r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)
_NAMED_SECRET = re.compile(
    r"(?i:secret_?(?:access_?)?key)[\"'\\]*\s*[:=]\s*[\"'\\]*([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
)
_NAMES_OF_SECRETS = frozenset({"secretaccesskey", "awssecretaccesskey", "secretkey", "awssecretkey"})
_PRIVATE_KEY = "a private key"
_LEAKED = "the secret of an AWS access key"
_OF_SESSION = "a session token of AWS STS"

_ALONE = (
    (_PRIVATE_KEY, re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")),
    (
        "a JSON Web Token",
        re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ),
    (
        _OF_SESSION,
        re.compile(r"(?<![A-Za-z0-9/+])(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9/+]{80}"),
    ),
    (
        "a webhook address, which whoever has it can send to",
        re.compile(
            r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{20}"
            r"|discord(?:app)?\.com/api/webhooks/[0-9]{10,24}/[A-Za-z0-9_-]{20}"
            r"|\.webhook\.office\.com/webhookb2/[A-Za-z0-9@-]{36}"
        ),
    ),
    ("a Slack token", re.compile(r"(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{20}")),
)
"""What is a credential wherever it is."""

_NEEDLES = (
    *(b"PRIVATE KEY-----", b".eyJ", b"AKIA", b"ASIA", b"IQoJb3JpZ2lu", b"oGZXIvYXdz"),
    *(b"hook", b"xox", b"xapp-", b"ecret", b"ECRET"),
)
"""Without one of these a file holds none of the above: each costs a fraction of the time of a digest.

JSON may spell any character as an escape; what is sealed is written by us, with letters as they are.
"""

_RANDOM = 4.25
"""Bits per character that 40 random characters have at the least, nearly always, and 40 of words or a path have not."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in plain JSON data: where it is, in words with a JSON Pointer, and the name of its member."""

    place: str
    name: str
    text: str


def credential(value: Any, *, of_records: bool = False) -> str:
    """What looks like a credential in plain JSON data, as ``a private key at /pages/0/Text``; "" when nothing does.

    The secret of an AWS access key counts where it is named so, or is beside the id of one. ``of_records``: the data
    are records of CloudTrail, in which session tokens are ordinary.
    """
    for text in _texts(value, ""):
        if what := _alone(text, of_records=of_records):
            return f"{what} {text.place}"
    return _beside_its_id(value, "")


def credential_in(content: bytes) -> str:
    """The same of a file: JSON, a JSON document on each line, or other text, where the place is a line."""
    if not any(needle in content for needle in _NEEDLES):
        return ""
    text = content.decode("utf-8", "replace")
    if text.startswith(("{", "[")):
        try:
            return credential(json.loads(text))
        except ValueError:
            return _in_lines(text)
    return _in_text(text)


def refuse_credentials(name: str, what: str) -> None:
    """UsageError when a file holds ``what`` looks like a credential, as :func:`credential` words it ("" for none)."""
    if what:
        raise UsageError(
            f"{name} holds what looks like {what}.",
            "Nothing was written. Replace it with a rule of --redact, and change the credential.",
        )


def _in_lines(text: str) -> str:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            what = credential(json.loads(line)) if line else ""
        except ValueError:
            return _in_text(text)
        if what:
            return f"{what} in line {number}"
    return ""


def _in_text(text: str) -> str:
    for number, line in enumerate(text.splitlines(), start=1):
        if what := _alone(_Text("", "", line), of_records=False):
            return f"{what} in line {number}"
    found = _random(text) if _KEY_ID.search(text) else None
    return "" if found is None else f"{_LEAKED} in line {text.count(chr(10), 0, found.start()) + 1}"


def _alone(text: _Text, *, of_records: bool) -> str:
    for what, pattern in _ALONE:
        if not (of_records and what is _OF_SESSION) and pattern.search(text.text):
            return what
    named = text.name.lower().replace("_", "").replace("-", "") in _NAMES_OF_SECRETS
    if named and _SECRET.fullmatch(text.text):
        return _LEAKED
    return _LEAKED if any(_SECRET.fullmatch(found) for found in _NAMED_SECRET.findall(text.text)) else ""


def _beside_its_id(value: Any, place: str) -> str:
    """The secret of an access key in a text that holds its id, or in or below the object that does."""
    if isinstance(value, Mapping):
        if any(isinstance(item, str) and _KEY_ID.search(item) for item in value.values()):
            found = (text.place for text in _texts(value, place) if _random(text.text))
            if at := next(found, ""):
                return f"{_LEAKED} {at}"
        inner = ((f"{place}/{name}", item) for name, item in value.items())
    elif isinstance(value, list | tuple):
        inner = ((f"{place}/{index}", item) for index, item in enumerate(value))
    else:
        is_both = isinstance(value, str) and _KEY_ID.search(value) and _random(value)
        return f"{_LEAKED} at {place or '/'}" if is_both else ""
    return next(filter(None, (_beside_its_id(item, at) for at, item in inner)), "")


def _random(text: str) -> re.Match[str] | None:
    """The first run of characters in a text that may be a secret: drawn at random, which names and paths are not."""
    return next((found for found in _SECRET.finditer(text) if _bits(found[0]) >= _RANDOM), None)


def _bits(text: str) -> float:
    """Shannon's entropy of the characters of a text, in bits per character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def _texts(value: Any, place: str, name: str = "") -> Iterator[_Text]:
    """Every text, the names of members included."""
    if isinstance(value, str):
        yield _Text(f"at {place or '/'}", name, value)
    elif isinstance(value, Mapping):
        for member, item in value.items():
            yield _Text(f"in the name of a member of {place or '/'}", "", member)
            yield from _texts(item, f"{place}/{member}", member)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}/{index}")
