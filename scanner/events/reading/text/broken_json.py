"""Where JSON values begin and end in text that may be broken: the careful way, taken when the fast one gives up.

Nothing here recurses and nothing is parsed; only strings, brackets and their depth are followed. A value that is found
may still be no JSON: the caller has it checked, and looks for the next record inside it when it is not.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

BROKEN = -1
"""The end of a value that has none: a string or bracket is never closed, or lies too deep."""

# A string that ends, a quote that opens one that does not, or a bracket.
_TOKEN = re.compile(rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"|["{}\[\]]')
_STRING = re.compile(rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"')
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]++')
_BLANK = re.compile(rb"[ \t\r\n]*+")
_BETWEEN = re.compile(rb"[ \t\r\n,]*+")
_NEXT_RECORD = re.compile(rb'(?:[}\]"]\s*,|\[)\s*(?=\{\s*"eventVersion"\s*:)')

_OPEN = frozenset(b"{[")
_CLOSE = frozenset(b"}]")
_QUOTE = ord('"')
_END = ord("]")


MAX_EFFORT = 16
"""How many times over a text is read for its broken elements, before the rest of it is given up."""


MAX_DEPTH = 100_000
"""How deep objects and arrays are followed: deeper than any decoder goes. CloudTrail cuts a request's content at 100
KB."""

TOO_DEEP = "its objects and arrays lie too deep inside each other"
"""What is wrong with a value that goes on below ``MAX_DEPTH``."""

_DEEPER = -2

_ENDLESS = {BROKEN: "it never ends", _DEEPER: TOO_DEEP}


@dataclass(frozen=True, slots=True)
class Element:
    """A stretch ``text[start:end]`` that should be one value; ``fault`` says why it is none ("" when it is)."""

    start: int
    end: int
    fault: str = ""


def skip_blank(text: bytes, start: int) -> int:
    """The first position from ``start`` on that is not JSON white space."""
    found = _BLANK.match(text, start)
    return found.end() if found else start


def value_end(text: bytes, start: int, stop: int) -> int:
    """The position after the value at ``start``, or ``BROKEN`` when it does not end before ``stop``."""
    return max(_value_end(text, start, stop), BROKEN)


def _value_end(text: bytes, start: int, stop: int) -> int:
    """The position after the value at ``start``, ``BROKEN``, or ``_DEEPER`` when it was not followed to its end."""
    first = text[start]
    if first == _QUOTE:
        string = _STRING.match(text, start, stop)
        return string.end() if string else BROKEN
    if first not in _OPEN:
        scalar = _SCALAR.match(text, start, stop)
        return scalar.end() if scalar else BROKEN
    return _bracket_end(text, start, stop)


def _bracket_end(text: bytes, start: int, stop: int) -> int:
    """``_value_end`` of an object or array."""
    depth = 0
    for token in _TOKEN.finditer(text, start, stop):
        character = text[token.start()]
        if character in _OPEN:
            depth += 1
            if depth > MAX_DEPTH:
                return _DEEPER
        elif character in _CLOSE:
            depth -= 1
            if depth == 0:
                return token.end()
        elif token.end() - token.start() == 1:
            return BROKEN
    return BROKEN


def elements(text: bytes, start: int, stop: int, fault: Callable[[bytes], str]) -> Iterator[Element]:
    """The elements of the array whose bracket is before ``start``; ``fault`` says what is wrong with one.

    The last one given is empty, at the closing bracket; when it is missing, so is the end of the array. After
    an element that never ends, or is not JSON, the search goes on at the next stretch that opens like a record.
    """
    position = start
    effort = MAX_EFFORT * (stop - start)
    while effort >= 0:
        found = _BETWEEN.match(text, position, stop)
        position = found.end() if found else position
        if position >= stop:
            return
        if text[position] == _END:
            yield Element(position, position)
            return
        found_end = _value_end(text, position, stop)
        end = max(found_end, BROKEN)
        reached = stop if end == BROKEN else end
        wrong = _ENDLESS[found_end] if end == BROKEN else fault(text[position:end])
        if wrong:
            effort -= reached - position
            following = next_record(text, position, reached)
            if following == BROKEN and end == BROKEN:
                if found_end == _DEEPER:
                    yield Element(position, stop, wrong)
                return
            end = end if following == BROKEN else following
        yield Element(position, end, wrong)
        position = end


def next_record(text: bytes, start: int, stop: int) -> int:
    """Where, between ``start`` and ``stop``, an element opens as CloudTrail's records do, or ``BROKEN``.

    Inside a string the quotes would be escaped, so this cannot be the text of a request.
    """
    found = _NEXT_RECORD.search(text, start, stop)
    return found.end() if found else BROKEN


def members(text: bytes, start: int, stop: int) -> Iterator[tuple[str, int, int]]:
    """The members of the object at ``start``: (name, start and end of the value), repeated names too.

    The last one given is empty, at the closing brace. A value that does not end before ``stop`` has ``BROKEN``
    as its end and is the last one, as is the one before something that is not a member.
    """
    position = start + 1
    while True:
        found = _BETWEEN.match(text, position, stop)
        position = found.end() if found else position
        name = _STRING.match(text, position, stop)
        if name is None:
            if text[position : position + 1] == b"}" and position < stop:
                yield "", position, position
            return
        colon = skip_blank(text, name.end())
        if text[colon : colon + 1] != b":":
            return
        at = skip_blank(text, colon + 1)
        if at >= stop:
            return
        end = value_end(text, at, stop)
        yield _name(name.group()), at, end
        if end == BROKEN:
            return
        position = end


def _name(quoted: bytes) -> str:
    try:
        return str(json.loads(quoted.decode("utf-8", "replace")))
    except ValueError:
        return ""
