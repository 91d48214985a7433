"""The parser of JSON filter patterns, ``{ $.eventName = ConsoleLogin && … }``."""

import re

from scanner.errors import PatternError
from scanner.pattern.language.nodes import (
    ANY,
    Atom,
    Compare,
    Expr,
    IsBool,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Selector,
    Step,
    Text,
    all_of,
    any_of,
)
from scanner.pattern.language.parsing.cursor import BARE_VALUE, BLANKS, Cursor

MAXIMUM_WILDCARDS = 3
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_INDEX = re.compile(r"\[([0-9]+)\]")
_QUOTED_NAME = re.compile(r"\.\['([^']*)'\]")
_BRACKET_START = re.compile(r"\[[0-9]*")
_JOIN = "Join conditions with && or ||."


class _Group:
    """An expression being read: its ``||`` branches, each a list joined by ``&&``, and where it was opened."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.branches: list[list[Expr]] = [[]]

    def expression(self) -> Expr:
        return any_of([all_of(branch) for branch in self.branches])


def parse_json(cursor: Cursor) -> JsonPattern:
    """The JSON pattern at the cursor, which is on ``{``; raises PatternError.

    ::

        pattern  := '{' expr '}'
        expr     := branch ('||' branch)*          && binds closer than ||
        branch   := operand ('&&' operand)*
        operand  := '(' expr ')' | atom

    Parentheses may be nested as deep as the length allows, so the open ones are kept in a list and not on the
    call stack.
    """
    cursor.take("{")
    groups = [_Group(cursor.at - 1)]
    wildcards = 0
    while True:
        cursor.skip_blanks()
        if cursor.peek() == "(":
            groups.append(_Group(cursor.at))
            cursor.at += 1
            continue
        atom = _atom(cursor)
        wildcards += atom.selector.steps.count(ANY)
        if cursor.limited and wildcards > MAXIMUM_WILDCARDS:
            message = "Your filter pattern exceeds the maximum of 3 wildcards in its JSON path selectors."
            raise PatternError(message, cursor.text, atom.selector.span, "Name the fields, or split the filter in two.")
        groups[-1].branches[-1].append(atom)
        if _operators(cursor, groups, atom):
            break
    cursor.skip_blanks()
    if cursor.peek():
        span = (cursor.at, len(cursor.text))
        raise cursor.invalid_pattern(span, "text follows the closing brace", "End the pattern with the }.")
    return JsonPattern(groups[0].expression(), cursor.text)


def _operators(cursor: Cursor, groups: list[_Group], atom: Atom) -> bool:
    """Read what follows an atom up to the next operand; True when it was the closing brace."""
    while True:
        cursor.skip_blanks()
        if cursor.take("&&"):
            return False
        if cursor.take("||"):
            groups[-1].branches.append([])
            return False
        if cursor.peek() == ")":
            if len(groups) == 1:
                span = (cursor.at, cursor.at + 1)
                raise cursor.invalid_pattern(span, "no parenthesis is open here", "Remove this ) or add a ( before it.")
            cursor.at += 1
            closed = groups.pop()
            groups[-1].branches[-1].append(closed.expression())
        elif cursor.peek() in {"}", ""}:
            _end(cursor, groups)
            return True
        else:
            raise _misplaced(cursor, atom)


def _end(cursor: Cursor, groups: list[_Group]) -> None:
    """Read over the closing brace, if nothing is left open."""
    start = groups[-1].start
    if len(groups) > 1:
        raise cursor.invalid_pattern((start, start + 1), "this parenthesis is not closed", "Add the missing ).")
    if not cursor.take("}"):
        raise cursor.invalid_pattern((start, start + 1), "the closing brace is missing", "End the pattern with a }.")


def _atom(cursor: Cursor) -> Atom:
    """``atom := selector (comparison | 'IS' ('NULL' | 'TRUE' | 'FALSE') | 'NOT' 'EXISTS')``, any letter case."""
    start = cursor.at
    if cursor.peek() != "$":
        raise _no_operand(cursor)
    selector = _selector(cursor)
    cursor.skip_blanks()
    word = cursor.word()
    if not word:
        if cursor.peek() not in {"=", "!", "<", ">"}:
            raise _no_condition(cursor, selector)
        operator, value = cursor.comparison(ordering_of_text_is_character_error=True)
        return Compare(selector, operator, value, (start, cursor.at))
    begin = cursor.at
    cursor.at += len(word)
    cursor.skip_blanks()
    second = cursor.word()
    cursor.at += len(second)
    keywords = (word.upper(), second.upper())
    span = (start, cursor.at)
    if keywords == ("NOT", "EXISTS"):
        return NotExists(selector, span)
    if keywords == ("IS", "NULL"):
        return IsNull(selector, span)
    if keywords in {("IS", "TRUE"), ("IS", "FALSE")}:
        return IsBool(selector, keywords[1] == "TRUE", span)
    cursor.at = begin
    raise _no_condition(cursor, selector)


def _selector(cursor: Cursor) -> Selector:
    """``selector := '$' ('.' name | '.*' | '[' digits ']' | '[*]' | ".['" any "']")+``, at most one wildcard."""
    start = cursor.at
    cursor.at += 1
    if cursor.peek() != ".":
        hint = "A field is written $.name, nested ones $.name.name, odd ones $.['the name']."
        raise cursor.invalid_characters((start, cursor.at + 1), "a selector begins with $. and a field name", hint)
    steps: list[Step] = []
    while cursor.peek() in {".", "["}:
        steps.append(_step(cursor))
    span = (start, cursor.at)
    if steps.count(ANY) > 1:
        message = (
            "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed "
            "per json selector."
        )
        raise PatternError(message, cursor.text, span, "Keep one * or [*] in each selector.")
    return Selector(tuple(steps), span)


def _step(cursor: Cursor) -> Step:
    """One step of a selector; the cursor is on its ``.`` or ``[``."""
    start = cursor.at
    if cursor.take(".*") or cursor.take("[*]"):
        return ANY
    for form in (_INDEX, _QUOTED_NAME):
        found = form.match(cursor.text, start)
        if found is not None:
            cursor.at = found.end()
            return int(found.group(1)) if form is _INDEX else found.group(1)
    if cursor.take("."):
        found = _NAME.match(cursor.text, cursor.at)
        if found is not None:
            cursor.at = found.end()
            return found.group()
        span = (start, cursor.at + (2 if cursor.peek() == "[" else 1))
        hint = "Names hold ASCII letters, digits, _ and -; others are written .['the name'] with single quotes."
        raise cursor.invalid_characters(span, "a field name is expected after the dot", hint)
    found = _BRACKET_START.match(cursor.text, start)
    end = (found.end() if found else start) + 1
    hint = "An index is a number from 0 or *, as in [0] and [*]; a quoted name is .['the name']."
    raise cursor.invalid_characters((start, end), "this is not an index", hint)


def _no_operand(cursor: Cursor) -> PatternError:
    """The error for something that cannot begin a condition."""
    start = cursor.at
    word = cursor.word()
    if cursor.peek() == "!" or word.upper() == "NOT":
        span = (start, start + max(1, len(word)))
        hint = "Use != in each condition, or $.field NOT EXISTS for an absent field."
        return cursor.invalid_pattern(span, "conditions cannot be negated", hint)
    if cursor.peek() in {"", "}", ")", "&", "|"}:
        hint = "Write a condition such as $.eventName = ConsoleLogin."
        return cursor.invalid_pattern((start, start + 1), "a condition is missing here", hint)
    hint = "Fields begin with $., as in $.eventName = ConsoleLogin."
    return cursor.invalid_characters((start, start + max(1, len(word))), "a condition begins with a field", hint)


def _no_condition(cursor: Cursor, selector: Selector) -> PatternError:
    """The error for a field without one of the known conditions after it."""
    start = cursor.at
    word = cursor.word()
    why = "after a field comes = != < <= > >= IS NULL, IS TRUE, IS FALSE or NOT EXISTS"
    last = str(selector.steps[-1]).upper()
    if not word:
        return cursor.invalid_pattern((start, start + 1), why, "Complete the condition.")
    span = (start, start + len(word))
    if word.upper() in {"EXISTS", "NULL", "TRUE", "FALSE"} and last.endswith(("NOT", "IS")):
        return cursor.invalid_pattern(span, why, "Put a blank between the field name and the keyword.")
    if word.upper() in {"IS", "EXISTS", "NOT"}:
        hint = "For a field that holds a text or a number write $.field = *; there is no IS NOT NULL and no EXISTS."
        return cursor.invalid_pattern(span, why, hint)
    following = BARE_VALUE.match(cursor.text, start)
    end = following.end() if following else span[1]
    if cursor.text[end:].lstrip(BLANKS)[:1] in {"=", "!", "<", ">"} and selector.span[1] < start:
        hint = "A name cannot hold a blank unless it is written .['the name']; was it split by mistake?"
        return cursor.invalid_pattern((start, end), why, hint)
    return cursor.invalid_pattern((start, end), why, "Check the spelling of the operator.")


def _misplaced(cursor: Cursor, atom: Atom) -> PatternError:
    """The error for something after a condition that is not an operator."""
    start = cursor.at
    character = cursor.peek()
    word = cursor.word()
    bare = isinstance(atom, Compare) and isinstance(atom.value, Text | Number) and cursor.text[atom.span[1] - 1] != '"'
    if word.upper() in {"AND", "OR"}:
        operator = "&&" if word.upper() == "AND" else "||"
        return cursor.invalid_pattern((start, start + len(word)), f"{word} is not an operator", f"Write {operator}.")
    if character in "&|":
        why = f"a single {character} is not an operator"
        return cursor.invalid_pattern((start, start + 1), why, f"Write {character * 2}.")
    if character in "$(":
        return cursor.invalid_pattern((start, start + 1), "&& or || is missing between two conditions", _JOIN)
    if bare and atom.span[1] == start:
        return cursor.unquoted(start)
    following = BARE_VALUE.match(cursor.text, start)
    if following is not None and bare:
        hint = 'Put the whole value in double quotes: "Failed authentication".'
        return cursor.invalid_pattern((start, following.end()), "a bare value ends at the first blank", hint)
    if following is not None:
        return cursor.invalid_pattern((start, following.end()), "a condition or the } was expected to end here", _JOIN)
    return cursor.invalid_characters((start, start + 1), "this is not an operator", _JOIN)
