"""A filter pattern as a query of Amazon Athena or of CloudTrail Lake.

Sources: CloudTrail User Guide, "Create a table for CloudTrail logs in Athena" and "CloudTrail Lake SQL constraints":
which fields are columns, which are structures, and which hold JSON (Athena) or a map (Lake).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from scanner.pattern.cloudtrail.record_fields import FREE_OBJECTS, READ_ONLY, TEXTS, Field
from scanner.pattern.convert.conditions import (
    Condition,
    Missing,
    NumberIs,
    Source,
    TextIs,
    WordIs,
    dotted,
    may_be_another_kind,
)

_NAME = re.compile(r"(?=.*[^0-9])[A-Za-z0-9_ :/@-]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the two: the table, how a value inside an object is had, and what ``readOnly`` is.

    ``most_characters``: length of a query at most (API references, ``StartQueryExecution`` and ``StartQuery``).
    """

    name: str
    table: str
    table_is: str
    objects_are_maps: bool
    lower_case: bool
    most_characters: int


ATHENA = Dialect(
    "A query of Athena",
    "cloudtrail_logs",
    "your table",
    objects_are_maps=False,
    lower_case=True,
    most_characters=262_144,
)
LAKE = Dialect(
    "A query of CloudTrail Lake",
    "EVENT_DATA_STORE_ID",
    "the ID of your event data store",
    objects_are_maps=True,
    lower_case=False,
    most_characters=10_000,
)


@dataclass(slots=True)
class _Query:
    """The query while it is written; ``texts`` are the fields that it takes for texts."""

    source: Source
    dialect: Dialect
    texts: set[Field]


def query(source: Source, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """The query and what it takes for granted. Raises PatternError where the dialect cannot say the same."""
    writing = _Query(source, dialect, set())
    alternatives = [_conjunction(writing, each) for each in source.alternatives()]
    columns = ("eventTime", "awsRegion", "eventSource", "eventName", "userIdentity.arn", "sourceIPAddress", "errorCode")
    selected = ", ".join(_spelled(writing, column) for column in columns)
    where = "\n   OR ".join(dict.fromkeys(alternatives))
    lines = [f"SELECT {selected}", f"FROM {dialect.table}"]
    if "" not in alternatives:
        lines.append(f"WHERE {where}")
    notes = [f"{dotted(field)} holds a text in every record that has it" for field in sorted(writing.texts)]
    text = "\n".join(lines)
    source.refuse_longer_than(dialect.most_characters, text)
    return text, (f"{dialect.table} stands for {dialect.table_is}", *notes)


def _conjunction(writing: _Query, conditions: Iterable[Condition]) -> str:
    parts = [_written(writing, each) for each in conditions]
    return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})" if parts else ""


def _written(writing: _Query, condition: Condition) -> str:
    match condition:
        case TextIs():
            return _text(writing, condition)
        case Missing(field=field):
            return _missing(writing, field)
        case WordIs(field=field, word=bool(word)) if field == READ_ONLY:
            value = str(word).lower()
            return f"{_spelled(writing, 'readOnly')} = {value if writing.dialect is LAKE else _quoted(value)}"
        case WordIs(field=field) | NumberIs(field=field):
            why = "the table holds texts, in which a number, true, false or null cannot be told from a text"
            raise writing.source.refusal(f"what kind of value {dotted(field)} is", why, "Leave the condition out.")
        case _:
            assert_never(condition)


def _missing(writing: _Query, field: Field) -> str:
    if field not in TEXTS:
        why = "in the table a field that is missing looks like one that is null"
        raise writing.source.refusal(f"that {dotted(field)} is missing", why, "Leave the condition out.")
    return f"{_column(writing, field)} IS NULL"


def _text(writing: _Query, condition: TextIs) -> str:
    column = _column(writing, condition.field)
    if condition.field not in TEXTS and (condition.negated or may_be_another_kind(condition)):
        writing.texts.add(condition.field)
    if condition.whole:
        return f"{column} {'<>' if condition.negated else '='} {_quoted(condition.text)}"
    escaped = condition.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"{'%' if condition.open_start else ''}{escaped}{'%' if condition.open_end else ''}"
    escape = " ESCAPE '\\'" if escaped != condition.text else ""
    return f"{column} {'NOT LIKE' if condition.negated else 'LIKE'} {_quoted(like)}{escape}"


def _column(writing: _Query, field: Field) -> str:
    """How the value of a field is had in the dialect."""
    if field in TEXTS:
        return _spelled(writing, dotted(field))
    if field[0] not in FREE_OBJECTS or len(field) < 2:
        why = f"{dotted(field)} is not a column that holds a text"
        raise writing.source.refusal(f"a condition on {dotted(field)}", why, "Leave the condition out.")
    if not all(map(_NAME.fullmatch, field[1:])):
        why = "the name has characters that a path cannot hold, or only digits, which also number a list"
        raise writing.source.refusal(f"a condition on {dotted(field)}", why, "Leave the condition out.")
    if not writing.dialect.objects_are_maps:
        path = "".join(map(_step, field[1:]))
        return f"json_extract_scalar({_spelled(writing, field[0])}, '${path}')"
    if len(field) > 2:
        why = f"there {field[0]} is a map, whose values have no parts"
        raise writing.source.refusal(f"a condition on {dotted(field)}", why, "Leave the condition out.")
    return f"element_at({_spelled(writing, field[0])}, {_quoted(field[1])})"


def _step(name: str) -> str:
    """A step of a path; one with other characters than letters, digits and underscores is quoted."""
    return f".{name}" if _PLAIN_NAME.fullmatch(name) else f'["{name}"]'


def _spelled(writing: _Query, column: str) -> str:
    return column.lower() if writing.dialect.lower_case else column


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
