"""Every ``eventID`` as a number of 64 bits, the same in every process.

Two different ids share one with a probability of about n²/2^65 among n records (one in four million for three million
records); only counts rest on it, never a verdict.
"""

import sys
from array import array
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

_UUID_LENGTH = 36
_UUID_BYTES = 16


def fingerprint(text: str) -> int:
    """The number of an ``eventID``, or of any other text; never 0, which means no id."""
    blob = _uuid_bytes((text,))
    if blob is None:
        blob = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_UUID_BYTES).digest()
    return (int.from_bytes(blob[:8], "little") ^ int.from_bytes(blob[8:], "little")) or 1


def fingerprints(ids: Sequence[Any]) -> "array[int]":
    """The numbers of ``ids``, 0 where there is no text or an empty one."""
    blob = _uuid_bytes(ids)
    if blob is None:
        return array("Q", [fingerprint(text) if isinstance(text, str) and text else 0 for text in ids])
    halves = memoryview(blob).cast("Q")
    low, high = halves[::2].tobytes(), halves[1::2].tobytes()
    mixed = int.from_bytes(low, "little") ^ int.from_bytes(high, "little")
    numbers = array("Q", mixed.to_bytes(len(low), "little"))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers if 0 not in numbers else array("Q", [number or 1 for number in numbers])


def _uuid_bytes(ids: Sequence[Any]) -> bytes | None:
    """The bytes of ids that all have the usual form; None when one has another."""
    try:
        joined = "".join(ids)
        if set(map(len, ids)) != {_UUID_LENGTH}:
            return None
        blob = bytes.fromhex(joined.replace("-", ""))
    except (TypeError, ValueError):
        return None
    return blob if len(blob) == _UUID_BYTES * len(ids) else None
