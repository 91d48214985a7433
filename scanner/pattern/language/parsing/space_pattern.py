"""The parser of space-delimited filter patterns, ``[ip, user, ..., status = 4*, bytes]``."""

import re
from collections.abc import Sequence

from scanner.errors import PatternError
from scanner.pattern.language.nodes import Field, FieldAll, FieldAny, FieldCondition, FieldExpr, SpacePattern
from scanner.pattern.language.parsing.cursor import Cursor

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_RUN = re.compile(r"[A-Za-z0-9_.*+-]+|.", re.DOTALL)
ELLIPSIS = "..."


def parse_space(cursor: Cursor) -> SpacePattern:
    """The space-delimited pattern at the cursor, which is on ``[``; raises PatternError.

    ::

        pattern := '[' ']' | '[' field (',' field)* ']'
        field   := '...' | name? | name all ('||' all)*       '...' once, names unique
        all     := comparison ('&&' name comparison)*         every name is the field's own

    An empty field is any one word, without a name.
    """
    cursor.take("[")
    fields, ellipsis = _fields(cursor)
    cursor.skip_blanks()
    if cursor.peek():
        span = (cursor.at, len(cursor.text))
        raise cursor.invalid_pattern(span, "text follows the closing bracket", "End the pattern with the ].")
    return SpacePattern(tuple(fields), ellipsis, cursor.text)


def _fields(cursor: Cursor) -> tuple[list[Field], int | None]:
    """The fields up to the closing bracket, and the number of those before the ``...``, if there is one."""
    fields: list[Field] = []
    ellipsis: int | None = None
    cursor.skip_blanks()
    if cursor.take("]"):
        return fields, ellipsis
    while True:
        cursor.skip_blanks()
        start = cursor.at
        if not cursor.take(ELLIPSIS):
            fields.append(_next_field(cursor, fields))
        elif ellipsis is None:
            ellipsis = len(fields)
        else:
            raise _duplicate(cursor, start, ELLIPSIS)
        cursor.skip_blanks()
        if cursor.take("]"):
            return fields, ellipsis
        if not cursor.take(","):
            raise _misplaced(cursor)


def _next_field(cursor: Cursor, before: Sequence[Field]) -> Field:
    """The field at the cursor; raises PatternError when one ``before`` it has its name."""
    start = cursor.at
    field = _field(cursor)
    if field.name and any(field.name == other.name for other in before):
        raise _duplicate(cursor, start, field.name)
    return field


def _duplicate(cursor: Cursor, start: int, name: str) -> PatternError:
    hint = "Use ... once." if name == ELLIPSIS else "Give every field a name of its own."
    return PatternError(f"Duplicate field '{name}'.", cursor.text, (start, start + len(name)), hint)


def _misplaced(cursor: Cursor) -> PatternError:
    """The error for something after a field that is neither a comma nor the closing bracket."""
    start = cursor.at
    span = (start, start + 1)
    word = cursor.word()
    if not cursor.peek():
        return cursor.invalid_pattern((0, 1), "the closing bracket is missing", "End the pattern with a ].")
    if word.upper() in {"AND", "OR"}:
        operator = "&&" if word.upper() == "AND" else "||"
        span = (start, start + len(word))
        return cursor.invalid_pattern(span, f"{word} is not an operator", f"Write {operator} and the field's name.")
    if cursor.peek() in {":", "/", "@", '"', "'"}:
        return cursor.unquoted(start)
    return cursor.invalid_pattern(
        span, "a comma or the closing bracket was expected here", "Separate fields by commas."
    )


def _field(cursor: Cursor) -> Field:
    """The field at the cursor."""
    if cursor.peek() in {",", "]"}:
        return Field("", None)
    name = _name(cursor)
    cursor.skip_blanks()
    if cursor.peek() not in {"=", "!", "<", ">"}:
        return Field(name, None)
    branches: list[list[FieldExpr]] = [[]]
    while True:
        operator, value = cursor.comparison(ordering_of_text_is_character_error=False)
        branches[-1].append(FieldCondition(operator, value))
        cursor.skip_blanks()
        if cursor.take("||"):
            branches.append([])
        elif not cursor.take("&&"):
            break
        cursor.skip_blanks()
        start = cursor.at
        other = _name(cursor)
        if other != name:
            hint = f"Put the condition on {other} into the field {other}."
            raise cursor.invalid_pattern(
                (start, cursor.at), f"a condition on {other} is written in the field {name}", hint
            )
        cursor.skip_blanks()
    alternatives = [branch[0] if len(branch) == 1 else FieldAll(tuple(branch)) for branch in branches]
    return Field(name, alternatives[0] if len(alternatives) == 1 else FieldAny(tuple(alternatives)))


def _name(cursor: Cursor) -> str:
    """``name := letter (letter | digit | '_' | '-')*``."""
    start = cursor.at
    found = _NAME.match(cursor.text, start)
    if found is not None:
        cursor.at = found.end()
        return found.group()
    if not cursor.peek():
        raise cursor.invalid_pattern((0, 1), "the closing bracket is missing", "End the pattern with a ].")
    run = _RUN.match(cursor.text, start)
    span = (start, run.end() if run else start + 1)
    hint = "Names begin with an ASCII letter; conditions are written name=value."
    raise cursor.invalid_characters(span, "a field name is expected here", hint)
