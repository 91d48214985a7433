"""Whole texts held against patterns with wildcards: the one matcher of every language that has them.

Stars alone are the wildcards of filter patterns, event patterns and the filter policies of subscriptions. What takes
the meaning from a star (a backslash, its place) differs between them, so ``pieces_test`` takes the literal pieces
between the stars. IAM policies, the expressions of rules and the names of rules have a question mark as well:
``glob_match`` and what it rests on. Square brackets are ordinary characters in all of them; only the names of files
are matched as a shell does it, by Python's ``fnmatch``. Case counts unless it is to be ignored.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product


def pieces_test(pieces: Sequence[str]) -> Callable[[str], bool]:
    """A test for texts that consist of ``pieces``, in order, with any run of characters between each two of them."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first.__eq__
    inner = tuple(filter(None, pieces[1:-1]))
    if len(inner) == 1 and not first and not last:
        needle = inner[0]
        return lambda value: needle in value
    return _in_order(first, inner, last) if inner or (first and last) else _at_one_end(first, last)


def _at_one_end(first: str, last: str) -> Callable[[str], bool]:
    """A test for texts that begin with ``first`` or end with ``last``, at least one of which is empty."""
    if first:
        return lambda value: value.startswith(first)
    if last:
        return lambda value: value.endswith(last)
    return lambda _: True


def _in_order(first: str, inner: tuple[str, ...], last: str) -> Callable[[str], bool]:
    """A test for texts that begin with ``first``, end with ``last`` and hold ``inner`` in order between them."""

    def holds(value: str) -> bool:
        end = len(value) - len(last)
        at = len(first)
        if at > end or not value.startswith(first) or not value.endswith(last):
            return False
        for piece in inner:
            found = value.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return holds


def glob_match(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether a pattern (``*`` any text, ``?`` one character) matches the whole text."""
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    at = position = 0
    star, resume = -1, 0
    # On a mismatch the last star takes one character more; earlier stars never need to.
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[position]}:
            at, position = at + 1, position + 1
        elif star >= 0:
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def glob_covers(pattern: str, wanted: str, *, ignore_case: bool = False) -> bool:
    """Whether a pattern matches every text that another one, ``wanted``, stands for.

    Each wildcard of ``wanted`` is tried as nothing and as more strange characters than the pattern can take one by
    one: so many as it has ``?``, and one. More than four stars are not tried: the answer is then no.
    """
    strange = "\x00" * (pattern.count("?") + 1)
    pieces = wanted.replace("?", "\x00").split("*")
    return len(pieces) <= 5 and all(
        glob_match(pattern, "".join(map(str.__add__, pieces, (*fillings, ""))), ignore_case=ignore_case)
        for fillings in product(("", strange), repeat=len(pieces) - 1)
    )


def _certain(pattern: str) -> int:
    """How many characters a pattern begins with before its first wildcard."""
    return min((place for place in map(pattern.find, "*?") if place >= 0), default=len(pattern))


def globs_overlap(first: str, second: str, *, ignore_case: bool = False) -> bool:
    """Whether some text matches both patterns."""
    if ignore_case:
        first, second = first.lower(), second.lower()
    certain = min(_certain(first), _certain(second))
    if first[:certain] != second[:certain]:
        return False
    # Walk both patterns at once; a state is a pair of positions, and a star may swallow a character or end.
    todo, seen = [(0, 0)], {(0, 0)}
    while todo:
        i, j = todo.pop()
        if i == len(first) and j == len(second):
            return True
        following = set(_following(first, second, i, j)) - seen
        todo += following
        seen |= following
    return False


def _following(first: str, second: str, i: int, j: int) -> Iterator[tuple[int, int]]:
    """The states that a walk of both patterns reaches from one, by one character or by the end of a star."""
    one, two = first[i : i + 1], second[j : j + 1]
    if one == "*" or (two == "*" and one):
        yield (i + 1, j)
    if two == "*" or (one == "*" and two):
        yield (i, j + 1)
    if one and two and "*" not in {one, two} and (one == two or "?" in {one, two}):
        yield (i + 1, j + 1)
