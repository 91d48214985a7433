"""The parser of unstructured filter patterns: terms to find, to exclude, and to choose from."""

import re

from scanner.errors import PatternError
from scanner.pattern.language.nodes import TermsPattern
from scanner.pattern.language.parsing.cursor import BLANKS, Cursor

_TERM = re.compile(r"[\w.]+")


def is_bare_term(text: str) -> bool:
    """Whether ``text`` needs no quotes: letters and digits of any script, ``_`` and ``.`` only."""
    return _TERM.fullmatch(text) is not None


def parse_terms(cursor: Cursor) -> TermsPattern:
    """The unstructured pattern at the cursor; raises PatternError.

    ::

        pattern := item (blank* item)*        no blank is needed before - and ?
        item    := ('-' | '?')? (term | '"' phrase '"')
        term    := (letter | digit | '_' | '.')+
    """
    found: dict[str, list[str]] = {"": [], "-": [], "?": []}
    before = ""
    while True:
        cursor.skip_blanks()
        start = cursor.at
        if not cursor.peek():
            break
        kind = cursor.peek() if cursor.peek() in {"-", "?"} else ""
        cursor.at += len(kind)
        item = _term(cursor, start)
        if not kind and before not in {"", *BLANKS}:
            raise cursor.invalid_pattern((start, cursor.at), "two terms touch", "Put a blank between them.")
        found[kind].append(item)
        before = cursor.peek()
    return TermsPattern(tuple(found[""]), tuple(found["-"]), tuple(found["?"]), cursor.text)


def _term(cursor: Cursor, start: int) -> str:
    """A bare term or a quoted phrase at the cursor; ``start`` is where its item began."""
    if cursor.peek() == '"':
        begin = cursor.at
        phrase = cursor.quoted()
        if not phrase:
            why = "a quoted phrase cannot be empty"
            raise cursor.invalid_characters((begin, cursor.at), why, "Leave the pattern blank to match every event.")
        return phrase
    term = _TERM.match(cursor.text, cursor.at)
    if term is None:
        raise _no_term(cursor, start)
    cursor.at = term.end()
    return term.group()


def _no_term(cursor: Cursor, start: int) -> PatternError:
    """The error for something that cannot begin a term."""
    character = cursor.peek()
    if cursor.at > start and character in {"", "-", "?", *BLANKS}:
        why = f"{cursor.text[start]} is followed by no term"
        hint = f'Write the term right after it, or quote it: "{cursor.text[start]}".'
        return cursor.invalid_pattern((start, cursor.at), why, hint)
    span = (cursor.at, cursor.at + 1)
    if character == "%":
        hint = "A regular expression must be the whole pattern, or a value in a JSON or space-delimited pattern."
        return cursor.invalid_characters(span, "a regular expression is not a term", hint)
    if character == "'":
        return cursor.invalid_characters(span, "single quotes do not quote a phrase", 'Use double quotes: "…".')
    if character == "*":
        return cursor.invalid_characters(
            span, "terms have no wildcard", "A term is found inside words; leave the * out."
        )
    why = "terms hold only letters, digits, _ and ."
    return cursor.invalid_characters(span, why, 'Put the text in double quotes: "a:b".')
