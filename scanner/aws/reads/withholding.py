"""What of an answer is not written down, because it may be a secret."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from scanner.aws.reads.operation import Operation


def without_secrets(operation: Operation, page: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of an operation's answer with what is withheld emptied, and addresses cut off behind their host."""
    for path in operation.withheld:
        page = _changed(page, path.split("."), _emptied)
    for path in operation.addresses:
        page = _changed(page, path.split("."), _host_alone)
    return page


def _changed(value: Any, path: Sequence[str], change: Callable[[Any], Any]) -> Any:
    """A value with a member changed wherever it is there; in a list, that of each item."""
    if isinstance(value, list):
        return [_changed(item, path, change) for item in value]
    if not path:
        return change(value)
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    inner = value[path[0]]
    return {**value, path[0]: change(inner) if len(path) == 1 else _changed(inner, path[1:], change)}


def _emptied(value: Any) -> Any:
    """The empty value of the same kind; what has none is left out."""
    if isinstance(value, Mapping):
        return {}
    if isinstance(value, list):
        return []
    return "" if isinstance(value, str) else None


def _host_alone(value: Any) -> str:
    """A URL up to its host and port, without the name and password that may be before them; "" where it has none."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}" if parts.scheme and host else ""
