"""Plain JSON data taken for what it must be: each function gives the value with its type, or raises TypeError."""

from collections.abc import Mapping, Sequence

from scanner.model.values import JsonValue


def as_object(value: JsonValue) -> Mapping[str, JsonValue]:
    """The value as an object. Raises TypeError when it is not one."""
    if isinstance(value, Mapping):
        return value
    raise _unlike("an object", value)


def as_list(value: JsonValue) -> Sequence[JsonValue]:
    """The value as a list. Raises TypeError when it is not one."""
    if isinstance(value, list | tuple):
        return value
    raise _unlike("a list", value)


def as_text(value: JsonValue) -> str:
    """The value as a text. Raises TypeError when it is not one."""
    if isinstance(value, str):
        return value
    raise _unlike("a text", value)


def as_number(value: JsonValue) -> int:
    """The value as a whole number. Raises TypeError when it is not one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _unlike("a whole number", value)


def as_flag(value: JsonValue) -> bool:
    """The value as true or false. Raises TypeError when it is neither."""
    if isinstance(value, bool):
        return value
    raise _unlike("true or false", value)


def as_texts(value: JsonValue) -> tuple[str, ...]:
    """The value as a list of texts. Raises TypeError when it is not one."""
    return tuple(as_text(item) for item in as_list(value))


def as_objects(value: JsonValue) -> tuple[Mapping[str, JsonValue], ...]:
    """The value as a list of objects. Raises TypeError when it is not one."""
    return tuple(as_object(item) for item in as_list(value))


def as_texts_by_name(value: JsonValue) -> dict[str, str]:
    """The value as an object of texts. Raises TypeError when it is not one."""
    return {name: as_text(item) for name, item in as_object(value).items()}


def _unlike(wanted: str, value: JsonValue) -> TypeError:
    return TypeError(f"{wanted} is needed here, not {type(value).__name__}")
