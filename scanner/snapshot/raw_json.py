r"""How recorded answers become bytes and file names: the same answer always gives the same bytes.

JSON has sorted keys and UTF-8 text; times are RFC 3339 in UTC, binary values base64. Text that AWS answers may hold
lone surrogates, which UTF-8 cannot carry, and characters that turn or hide text where it is shown: they are written as
``\uXXXX`` escapes, so that nothing is lost.
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from scanner.model import CallKey
from scanner.texts.hidden_characters import escape_json
from scanner.times import rfc3339

MAX_PART = 100
"""The longest file or folder name that is written as it is; longer ones are cut and end in a digest."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_FOREIGN_IN_PLACE = re.compile(r"[^a-z0-9._-]")
_FOREIGN_IN_OPERATION = re.compile(r"[^A-Za-z0-9._-]")


def plain(value: Any) -> Any:
    """A parsed AWS answer as plain JSON data: no dates, bytes, tuples or numbers that JSON cannot write.

    ``NaN`` and infinities become the strings ``NaN``, ``Infinity`` and ``-Infinity``, as in AWS's own JSON protocols.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)


def document(value: Any) -> bytes:
    """JSON with two spaces of indent and a final newline."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return escape_json(text).encode() + b"\n"


def line(value: Any) -> bytes:
    """JSON on one line, without spaces, with a final newline."""
    return escape_json(_compact(value)).encode() + b"\n"


def digest(content: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def raw_file(key: CallKey) -> str:
    """Where the answer to a call lies inside its snapshot, with ``/`` between the parts.

    ``raw/<account>/<region>/<service>.<Operation>[.<12 hex of the arguments' SHA-256>].json``. Whatever is not
    ``[a-z0-9._-]`` in an account or Region is percent-encoded, so two names never differ by letter case alone.
    """
    suffix = f".{digest(_bytes(_compact(key.arguments)))[:12]}" if key.arguments else ""
    named = _FOREIGN_IN_OPERATION.sub(lambda found: _percent(found.group()), key.operation)
    return f"raw/{_part(key.account)}/{_part(key.region)}/{named}{suffix}.json"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _bytes(text: str) -> bytes:
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode("utf-8")


def _part(name: str) -> str:
    safe = _FOREIGN_IN_PLACE.sub(lambda found: _percent(found.group()), name)
    if not safe.strip("."):
        safe = "".join(_percent(character) for character in name) or "%"
    if len(safe) > MAX_PART:
        safe = f"{safe[: MAX_PART - 13]}-{digest(_bytes(name))[:12]}"
    return safe


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
