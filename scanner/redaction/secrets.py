"""Credentials in what is about to be sealed: they are never evidence, and whoever gets the bundle would have them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_KEY_ID = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_SECRET = re.compile(
    r"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")


def credential(value: Any) -> str:
    """What looks like a credential in plain JSON data, as ``a private key at /pages/0/Text``; "" when nothing does.

    An AWS access key counts when its secret is there too: the id alone is in every record of what was called with it.
    """
    texts = list(_texts(value, ""))
    for pointer, text in texts:
        for what, pattern in (("a private key", _PRIVATE_KEY), ("a JSON Web Token", _TOKEN)):
            if pattern.search(text):
                return f"{what} at {pointer or '/'}"
    if any(_KEY_ID.search(text) for _, text in texts):
        for pointer, text in texts:
            if _SECRET.search(text):
                return f"the secret of an AWS access key at {pointer or '/'}"
    return ""


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}")
