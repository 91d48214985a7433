"""Finite automata over strings: which combinations of globs and regular expressions can hold for one string.

A glob or a regular expression becomes a non-deterministic automaton whose sets of states are integers (one bit a
state). :func:`classes` walks the product of several automata and of the set of excluded literals breadth first, so
that every combination of "matches / does not match" that some string reaches is found with a shortest string. The
alphabet is all of Unicode, cut into the few classes of characters the automata can tell apart.

The work is bounded by counts, never by time: see ``MAXIMUM_STATES`` and ``MAXIMUM_PRODUCT``.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from scanner.pattern.language.values.regex import (
    LAST_CODE_POINT,
    Alternate,
    Chars,
    Concat,
    Node,
    Range,
    Repeat,
    Start,
    parse_regex,
)

MAXIMUM_STATES = 2000
"""States of one automaton; a regular expression that needs more is given up."""

MAXIMUM_PRODUCT = 6000
"""States of one product; a combination of patterns that needs more is not walked to its end."""

MAXIMUM_MOVES = 400_000
"""Moves looked at in one product, which bounds the work also where single sets of states are large."""

MOST_WALKS = 8
"""Walks through one product with only some of the excluded strings kept out."""

EVERYTHING: tuple[Range, ...] = ((0, LAST_CODE_POINT),)
_NICE = "aebcdfghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_. :/@,;=+#!$%&'()*<>?[]^`{|}~\"\\"


_RANK = {letter: rank for rank, letter in enumerate(_NICE)}


class TooLargeError(Exception):
    """An automaton would need more than ``MAXIMUM_STATES`` states."""


@dataclass(frozen=True, slots=True)
class Automaton:
    """One pattern as a non-deterministic automaton; a set of states is an integer with one bit a state.

    ``moves`` maps the bit of a state that reads a character to the characters and the states after it (closed over
    empty moves). A string that is not empty is accepted when it can end in one of ``final``.
    """

    initial: int
    final: int
    accepts_empty: bool
    moves: Mapping[int, tuple[tuple[Range, ...], int]]

    def accepts(self, text: str) -> bool:
        """True when the automaton accepts exactly this string."""
        if not text:
            return self.accepts_empty
        states = self.initial
        for character in text:
            code, after = ord(character), 0
            for bit, (ranges, target) in self.moves.items():
                if states & bit and any(low <= code <= high for low, high in ranges):
                    after |= target
            states = after
        return bool(states & self.final)


class _Builder:
    """Thompson's construction: each node adds states between a given entry and a new exit."""

    def __init__(self) -> None:
        self.empty: list[list[int]] = []  # moves that read nothing
        self.starts: list[list[int]] = []  # the same, only before the first character
        self.ends: list[list[int]] = []  # the same, only after the last character
        self.reads: dict[int, tuple[tuple[Range, ...], int]] = {}

    def state(self) -> int:
        if len(self.empty) >= MAXIMUM_STATES:
            raise TooLargeError
        self.empty.append([])
        self.starts.append([])
        self.ends.append([])
        return len(self.empty) - 1

    def add(self, node: Node, entry: int) -> int:
        """The exit of ``node`` begun at ``entry``."""
        if isinstance(node, Chars):
            exit_ = self.state()
            reader = self.state()
            self.empty[entry].append(reader)
            self.reads[reader] = (node.ranges, exit_)
            return exit_
        if isinstance(node, Concat):
            for part in node.parts:
                entry = self.add(part, entry)
            return entry
        if isinstance(node, Alternate):
            exit_ = self.state()
            for part in node.parts:
                branch = self.state()
                self.empty[entry].append(branch)
                self.empty[self.add(part, branch)].append(exit_)
            return exit_
        if isinstance(node, Repeat):
            return self.repeat(node, entry)
        exit_ = self.state()
        (self.starts if isinstance(node, Start) else self.ends)[entry].append(exit_)
        return exit_

    def repeat(self, node: Repeat, entry: int) -> int:
        for _ in range(node.minimum):
            entry = self.add(node.node, entry)
        if node.maximum is None:
            loop = self.state()
            self.empty[entry].append(loop)
            self.empty[self.add(node.node, loop)].append(loop)
            return loop
        exit_ = self.state()
        self.empty[entry].append(exit_)
        for _ in range(node.maximum - node.minimum):
            entry = self.add(node.node, entry)
            self.empty[entry].append(exit_)
        return exit_

    def closure(self, state: int, *tables: list[list[int]]) -> set[int]:
        """States reachable from ``state`` over the empty moves of ``tables``."""
        seen = {state}
        waiting = [state]
        while waiting:
            here = waiting.pop()
            for table in tables:
                for there in table[here]:
                    if there not in seen:
                        seen.add(there)
                        waiting.append(there)
        return seen

    def finish(self, start: int, accept: int) -> Automaton:
        """The automaton, with only the states kept that read a character, and one for "may end here"."""
        bits = {state: 1 << index for index, state in enumerate(self.reads)}
        done = 1 << len(bits)

        def mask(entry: int, *before: list[list[int]]) -> int:
            found = sum(bits[state] for state in self.closure(entry, self.empty, *before) if state in bits)
            return found | (done if accept in self.closure(entry, self.empty, self.ends) else 0)

        targets = {target: mask(target) for _, target in self.reads.values()}
        return Automaton(
            initial=mask(start, self.starts),
            final=done,
            accepts_empty=accept in self.closure(start, self.empty, self.starts, self.ends),
            moves={bits[state]: (ranges, targets[target]) for state, (ranges, target) in self.reads.items()},
        )


@lru_cache(maxsize=256)
def regex_automaton(source: str) -> Automaton:
    """The strings in which the regular expression ``source`` is found (search, not full match).

    Raises TooLargeError when counted repetitions make it too large, PatternError when it does not compile.
    """
    builder = _Builder()
    start = builder.state()
    anything = Repeat(Chars(EVERYTHING), 0, None, lazy=False)
    found = builder.add(parse_regex(source), builder.add(anything, start))
    return builder.finish(start, builder.add(anything, found))


@lru_cache(maxsize=4096)
def glob_automaton(fragments: tuple[str, ...]) -> Automaton:
    """The strings that consist of ``fragments`` in order with any text between two of them.

    ``AccessDenied*`` is ``("AccessDenied", "")``.
    """
    tokens = [character for fragment in fragments for character in (*fragment, "")][:-1]
    closed = done = 1 << len(tokens)  # the states before token i; a "" token is any text
    moves: dict[int, tuple[tuple[Range, ...], int]] = {}
    for index in range(len(tokens) - 1, -1, -1):
        bit, token = 1 << index, tokens[index]
        if token:
            moves[bit] = (((ord(token), ord(token)),), closed)
            closed = bit
        else:
            closed |= bit
            moves[bit] = (EVERYTHING, closed)
    return Automaton(closed, done, bool(closed & done), moves)


@dataclass(frozen=True, slots=True)
class Classes:
    """The combinations that strings outside the excluded literals reach.

    ``words`` maps a vector (bit i: automaton i accepts) to a shortest such string; ``complete`` is False when the
    walk was cut short, so that further vectors may exist.
    """

    words: dict[int, str]
    complete: bool


class _Alphabet:
    """Unicode cut into classes ("symbols", one bit each) that nothing here tells apart; the nicest come first."""

    def __init__(self, automata: Sequence[Automaton], characters: Iterable[str]) -> None:
        sets = {ranges for automaton in automata for ranges, _ in automaton.moves.values()}
        points = {ord(character) for character in characters}
        points.update(ranges[0][0] for ranges in sets if _is_point(ranges))
        wide = [ranges for ranges in sorted(sets) if not _is_point(ranges)]
        borders = {0, LAST_CODE_POINT + 1}
        for code in points:
            borders.update((code, code + 1))
        for ranges in wide:
            for low, high in ranges:
                borders.update((low, high + 1))
        cuts = sorted(borders)
        members: dict[tuple[int, tuple[bool, ...]], list[Range]] = {}
        for low, following in pairwise(cuts):
            within = tuple(_holds(ranges, low) for ranges in wide)
            members.setdefault((low if low in points else -1, within), []).append((low, following - 1))
        chosen = sorted((_representative(ranges), key) for key, ranges in members.items())
        self.letters = [letter for (_, letter), _ in chosen]
        self.everything = (1 << len(chosen)) - 1
        self.of: dict[tuple[Range, ...], int] = dict.fromkeys(wide, 0)
        for index, (_, (code, within)) in enumerate(chosen):
            if code >= 0:
                self.of[(code, code),] = 1 << index
            for ranges, inside in zip(wide, within, strict=True):
                self.of[ranges] |= inside << index


def _holds(ranges: tuple[Range, ...], code: int) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _is_point(ranges: tuple[Range, ...]) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _representative(ranges: Sequence[Range]) -> tuple[int, str]:
    """How unpleasant the nicest character of a class is, and that character."""
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        letter = chr(ranges[0][0])
        return _RANK.get(letter, len(_NICE) + ranges[0][0]), letter
    for rank, letter in enumerate(_NICE):
        if any(low <= ord(letter) <= high for low, high in ranges):
            return rank, letter
    for low, high in ranges:
        for code in (0xE9, 0x3B1, 0x4E2D, low):
            if low <= code <= high and not 0xD800 <= code <= 0xDFFF:
                return len(_NICE) + code, chr(code)
    return LAST_CODE_POINT + len(_NICE), chr(ranges[0][0])


class _Lazy:
    """One automaton read over symbols, with the steps already taken remembered."""

    def __init__(self, automaton: Automaton, alphabet: _Alphabet) -> None:
        self.final = automaton.final
        self.initial = automaton.initial
        self.accepts_empty = automaton.accepts_empty
        self.moves = {bit: (alphabet.of[ranges], target) for bit, (ranges, target) in automaton.moves.items()}
        self.readers = sum(self.moves)
        self.known: dict[tuple[int, int], int] = {}
        self.cuts: dict[int, frozenset[int]] = {}

    def step(self, states: int, symbol: int) -> int:
        key = (states, symbol)
        after = self.known.get(key)
        if after is None:
            after = 0
            rest = states & self.readers
            while rest:
                bit = rest & -rest
                rest ^= bit
                symbols, target = self.moves[bit]
                if symbols & symbol:
                    after |= target
            self.known[key] = after
        return after

    def distinguishes(self, states: int) -> frozenset[int]:
        """The sets of symbols that lead somewhere from ``states``."""
        cuts = self.cuts.get(states)
        if cuts is None:
            found = set()
            rest = states & self.readers
            while rest:
                bit = rest & -rest
                rest ^= bit
                found.add(self.moves[bit][0])
            cuts = self.cuts[states] = frozenset(found)
        return cuts


class _Literals:
    """The excluded literals as a tree of characters; node 0 is the root, -1 means "no longer one of them"."""

    def __init__(self, literals: Iterable[str], alphabet: _Alphabet) -> None:
        self.children: list[dict[int, int]] = [{}]
        self.ends: set[int] = set()
        for literal in literals:
            node = 0
            for character in literal:
                symbol = alphabet.of[(ord(character), ord(character)),]
                node = self.children[node].setdefault(symbol, len(self.children))
                if node == len(self.children):
                    self.children.append({})
            self.ends.add(node)


def _blocks(everything: int, cuts: Iterable[int]) -> list[int]:
    """The coarsest partition of the symbols that respects every cut, each block as one of its symbols."""
    blocks = [everything]
    for cut in cuts:
        divided = []
        for block in blocks:
            inside = block & cut
            if inside:
                divided.append(inside)
            if inside != block:
                divided.append(block ^ inside)
        blocks = divided
    return sorted(block & -block for block in blocks)


def classes(automata: Sequence[Automaton], excluded: Iterable[str], maximum: int = MAXIMUM_PRODUCT) -> Classes:
    """Every vector of ``automata`` that a string not among ``excluded`` reaches, with a shortest such string.

    Words are as short as can be; among equals the nicer letter wins. At most ``maximum`` product states are visited in
    one walk; beyond, ``complete`` is False.

    Few of the excluded strings would be words at all, so only those are kept out that a walk comes upon. The walk is
    repeated until it comes upon none; after ``MOST_WALKS``, all are kept out.
    """
    every = frozenset(excluded)
    alphabet = _Alphabet(automata, {character for literal in every for character in literal})
    lazies = [_Lazy(automaton, alphabet) for automaton in automata]
    avoided = every & {""}
    for _ in range(MOST_WALKS):
        found = _walk(lazies, alphabet, sorted(avoided), maximum)
        met = every.intersection(found.words.values())
        if not met:
            return found
        avoided |= met
    return _walk(lazies, alphabet, sorted(every), maximum)


def _walk(lazies: Sequence[_Lazy], alphabet: _Alphabet, avoided: Sequence[str], maximum: int) -> Classes:
    """The product of the automata, breadth first, with words that are not among ``avoided``."""
    tree = _Literals(avoided, alphabet)
    words: dict[int, str] = {}
    if 0 not in tree.ends:
        words[sum(1 << index for index, lazy in enumerate(lazies) if lazy.accepts_empty)] = ""
    first = (0, *(lazy.initial for lazy in lazies))
    paths: dict[tuple[int, ...], str] = {first: ""}
    waiting = deque([first])
    moves = 0
    while waiting:
        state = waiting.popleft()
        children = tree.children[state[0]] if state[0] >= 0 else {}
        cuts = set(children)
        for lazy, states in zip(lazies, state[1:], strict=True):
            cuts |= lazy.distinguishes(states)
        blocks = _blocks(alphabet.everything, cuts)
        moves += len(blocks) * sum(states.bit_count() + 1 for states in state[1:])
        for symbol in blocks:
            node = children.get(symbol, -1)
            after = (node, *(lazy.step(states, symbol) for lazy, states in zip(lazies, state[1:], strict=True)))
            if after in paths:
                continue
            if len(paths) >= maximum or moves >= MAXIMUM_MOVES:
                return Classes(words, complete=False)
            path = paths[state] + alphabet.letters[symbol.bit_length() - 1]
            paths[after] = path
            waiting.append(after)
            if node not in tree.ends:
                vector = sum(1 << index for index, lazy in enumerate(lazies) if after[index + 1] & lazy.final)
                words.setdefault(vector, path)
    return Classes(words, complete=True)
