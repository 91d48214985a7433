"""Searching texts for a regular expression in time that no pattern and no message can blow up.

Python's ``re`` backtracks: an expression such as ``a.*b.*c`` takes cubic time on an unlucky message of a few hundred
kilobytes, which the service, built on linear matching, does not. Where that could happen the expression is run as an
automaton instead, whose states are the places in its branches; both ways give the same answer.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from scanner.pattern.language.values.regex import (
    Alternate,
    Chars,
    Concat,
    End,
    Node,
    Range,
    Repeat,
    Start,
    parse_regex,
    to_python,
)

AFFORDABLE_STEPS = 2_000_000
"""Backtracking steps that may be spent on one search, a few hundredths of a second."""

_REMEMBERED_MOVES = 20_000
_Piece = Chars | Start | End | Repeat


@lru_cache(maxsize=1024)
def searcher(source: str, affordable: int = AFFORDABLE_STEPS) -> Callable[[str], bool]:
    """Whether a text holds a match of ``source``; raises PatternError like ``parse_regex``.

    Texts for which Python's ``re`` may take more than ``affordable`` steps are searched by an automaton.
    """
    branches = _branches(parse_regex(source))
    pattern = re.compile("|".join(to_python(Concat(tuple(branch))) for branch in branches))
    spreads = [_spreads(branch) for branch in branches]
    automaton = cache(lambda: _Automaton(branches))  # most texts never need it

    def found(text: str) -> bool:
        if any(_is_costly(len(text), spread, affordable) for spread in spreads):
            return automaton().found(text)
        return pattern.search(text) is not None

    return found


def _branches(node: Node) -> list[list[_Piece]]:
    """The expression as alternatives of plain sequences, all it can be without groups, as short as a search allows."""
    alternatives = node.parts if isinstance(node, Alternate) else (node,)
    branches: list[list[_Piece]] = []
    for alternative in alternatives:
        parts = alternative.parts if isinstance(alternative, Concat) else (alternative,)
        branches.append(_without_slack([part for part in parts if not isinstance(part, Alternate | Concat)]))
    return branches


def _without_slack(branch: list[_Piece]) -> list[_Piece]:
    """The branch without what a search does not need: optional repetitions at its two ends."""
    trimmed = list(branch)
    for end in (0, -1):
        while trimmed and isinstance(piece := trimmed[end], Repeat) and piece.minimum == 0:
            trimmed.pop(end)
        if trimmed and isinstance(piece := trimmed[end], Repeat):
            trimmed[end] = Repeat(piece.node, piece.minimum, piece.minimum, piece.lazy)
    return trimmed


def _spreads(branch: list[_Piece]) -> list[int | None]:
    """How many lengths each repetition of the branch can take, None for any number."""
    repeats = [piece for piece in branch if isinstance(piece, Repeat) and piece.maximum != piece.minimum]
    return [None if piece.maximum is None else piece.maximum - piece.minimum + 1 for piece in repeats]


def _is_costly(length: int, spreads: list[int | None], affordable: int) -> bool:
    """Whether a backtracking search of a text of this length may take more than ``affordable`` steps."""
    steps = length if spreads else 0
    for spread in spreads:
        steps *= length + 1 if spread is None else min(spread, length + 1)
        if steps > affordable:
            return True
    return steps > affordable


class _Automaton:
    """All branches at once: a set of states is an int with one bit per place, places of a branch follow each other."""

    def __init__(self, branches: list[list[_Piece]]) -> None:
        self.reads: list[tuple[Range, ...] | None] = []
        self.stays: list[bool] = []
        self.skips: list[str] = []  # "always", "start" or "end": when the place may be left without reading; "" never
        self.first = 0
        self.last = 0
        for branch in branches:
            self.first |= 1 << len(self.reads)
            for piece in branch:
                self._add(piece)
            self.last |= 1 << len(self.reads)
            self._place(None)
        self.moves: dict[tuple[int, str], int] = {}
        self.fresh = self._closed(self.first, "")

    def _place(self, ranges: tuple[Range, ...] | None, skip: str = "", *, stay: bool = False) -> None:
        self.reads.append(ranges)
        self.skips.append(skip)
        self.stays.append(stay)

    def _add(self, piece: _Piece) -> None:
        """The places of one piece: one for each time it must and may be there, one more where it repeats for ever."""
        minimum, maximum = (piece.minimum, piece.maximum) if isinstance(piece, Repeat) else (1, 1)
        node = piece.node if isinstance(piece, Repeat) else piece
        if not isinstance(node, Chars):
            if minimum:
                self._place(None, "start" if isinstance(node, Start) else "end")
            return
        for _ in range(minimum):
            self._place(node.ranges)
        if maximum is None:
            self._place(node.ranges, "always", stay=True)
        else:
            for _ in range(maximum - minimum):
                self._place(node.ranges, "always")

    def _closed(self, states: int, *edges: str) -> int:
        """``states`` and all places reached from them without reading, at the given edges of the text."""
        place = 0
        rest = states
        while rest:
            step = (rest & -rest).bit_length()
            place += step
            rest >>= step
            if self.skips[place - 1] and self.skips[place - 1] in {"always", *edges} and not rest & 1:
                rest |= 1
                states |= 1 << place
        return states

    def _after(self, states: int, character: str) -> int:
        """The places after reading ``character``, the beginnings of all branches among them."""
        code = ord(character)
        reached = 0
        place = 0
        rest = states
        while rest:
            step = (rest & -rest).bit_length()
            place += step
            rest >>= step
            ranges = self.reads[place - 1]
            if ranges and any(low <= code <= high for low, high in ranges):
                reached |= 1 << (place - 1 if self.stays[place - 1] else place)
        return self._closed(reached | self.fresh, "")

    def found(self, text: str) -> bool:
        """Whether some part of ``text`` leads from the beginning of a branch to its end."""
        states = self._closed(self.first, "start")
        for character in text:
            if states & self.last:
                return True
            after = self.moves.get((states, character))
            if after is None:
                after = self._after(states, character)
                if len(self.moves) >= _REMEMBERED_MOVES:
                    self.moves.clear()
                self.moves[states, character] = after
            states = after
        edges = ("end",) if text else ("start", "end")
        return bool(self._closed(states, *edges) & self.last)
