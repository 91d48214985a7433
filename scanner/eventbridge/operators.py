"""What one item of a field's array asks of a value: a plain value, or an object that names one operator."""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from math import inf

from scanner.errors import PatternError
from scanner.eventbridge.json_document import Array, Node, Object, Spelled, Text, Word
from scanner.eventbridge.nodes import (
    Absent,
    AddressRange,
    AnythingBut,
    NumberRange,
    Prefix,
    Present,
    Same,
    SameNumber,
    SameText,
    Single,
    Suffix,
    Test,
    Wildcard,
)
from scanner.eventbridge.values import address, comparable

TOO_COMPLEX = 7
"""From how many places on, that one text can be at in a wildcard at the same time, EventBridge refuses the wildcard.

AWS names no number, but documents ``*:*:*:*:*:event-bus/*`` as too complex, and seven is what it comes to. EventBridge
may refuse a wildcard that comes to less. Source: EventBridge User Guide, "Considerations when using wildcards in event
patterns"; how places are counted is aws/event-ruler's.
"""

_ADDRESS_BITS = {4: 32, 6: 128}
_WILDCARD_PART = re.compile(r"\\[*\\]|\*|[^*\\]+|\\")
_SPELLED = re.compile(r"[+-]?[0-9]+")


class Reader:
    """Reads the tests of a pattern; ``text`` is the whole pattern, to point at what is wrong."""

    def __init__(self, text: str) -> None:
        self.text = text

    def wrong(self, node: Node, message: str, hint: str) -> PatternError:
        """The error that a part of the pattern is to be refused with."""
        return PatternError(f"The event pattern is not valid. {message}", self.text, node.span, hint)

    def test(self, node: Node) -> Test:
        """The test that an item of a field's array is. Raises PatternError where EventBridge rejects it."""
        match node:
            case Text(value=text):
                found = address(text)
                return Same(text) if found is None else AddressRange(ip_network(found))
            case Spelled(text=spelling):
                return _number(spelling)
            case Word(value=word):
                return Same(word)
            case Array():
                message = (
                    "A value to match must be a string, a number, true, false, null or an object with one operator."
                )
                raise self.wrong(node, message, "Write the values directly into the field's array.")
            case Object():
                name, operand = self._only_member(node)
                operator = _OPERATORS.get(name)
                if operator is None:
                    raise self.wrong(
                        node, f'There is no operator "{name}".', f"The operators are {_listed(_OPERATORS)}."
                    )
                return operator(self, operand)

    def _only_member(self, node: Object) -> tuple[str, Node]:
        if len(node.members) != 1:
            raise self.wrong(
                node,
                f"An operator's object has exactly one member, and this one has {len(node.members)}.",
                "Write each operator as an object of its own.",
            )
        return node.members[0].name, node.members[0].node

    def _string(self, node: Node, operator: str) -> str:
        if not isinstance(node, Text):
            raise self.wrong(node, f'The value of "{operator}" must be a string.', f'Write {{"{operator}": "text"}}.')
        return node.value

    def exactly(self, node: Node) -> Test:
        """A text, compared character by character."""
        return Same(self._string(node, "exactly"))

    def same_text(self, node: Node) -> SameText:
        """A text, whatever the case of its letters."""
        return SameText(self._string(node, "equals-ignore-case"))

    def prefix(self, node: Node) -> Prefix:
        """How a text begins."""
        if isinstance(node, Object):
            return Prefix(self._ignoring_case(node, "prefix"), ignore_case=True)
        return Prefix(self._string(node, "prefix"))

    def suffix(self, node: Node) -> Suffix:
        """How a text ends."""
        if isinstance(node, Object):
            return Suffix(self._ignoring_case(node, "suffix"), ignore_case=True)
        return Suffix(self._string(node, "suffix"))

    def _ignoring_case(self, node: Object, operator: str) -> str:
        name, operand = self._only_member(node)
        if name != "equals-ignore-case":
            message = f'"{operator}" takes a string or "equals-ignore-case", and not "{name}".'
            raise self.wrong(node, message, f'Write {{"{operator}": {{"equals-ignore-case": "text"}}}}.')
        return self._string(operand, name)

    def wildcard(self, node: Node) -> Wildcard:
        """A text with wildcards; a backslash before a star or a backslash takes its meaning away."""
        text = self._string(node, "wildcard")
        pieces = [""]
        for part in _WILDCARD_PART.findall(text):
            if part == "\\":
                message = 'In a wildcard a backslash is written before "*" or another backslash only.'
                raise self.wrong(node, message, "Double the backslash.")
            if part == "*":
                pieces.append("")
            else:
                pieces[-1] += part.removeprefix("\\")
        if "" in pieces[1:-1]:
            raise self.wrong(node, "It has two wildcards (*) in a row.", 'Write one "*".')
        if _places_at_once(pieces) >= TOO_COMPLEX:
            message = "The wildcard is too complex."
            hint = "Use fewer wildcards (*), or texts between them that do not repeat one another."
            raise self.wrong(node, message, hint)
        return Wildcard(tuple(pieces))

    def exists(self, node: Node) -> Test:
        """Whether there is a value."""
        if isinstance(node, Word) and node.value is not None:
            return Present() if node.value else Absent()
        raise self.wrong(node, 'The value of "exists" must be true or false.', 'Write {"exists": true}.')

    def cidr(self, node: Node) -> AddressRange:
        """A range of IP addresses."""
        text = self._string(node, "cidr")
        start, slash, bits = text.partition("/")
        found = address(start)
        if not slash or "/" in bits or found is None or not _SPELLED.fullmatch(bits):
            message = f'"{text}" is not an IP address, a slash and a number of bits.'
            raise self.wrong(node, message, 'Write, for example, "10.0.0.0/24".')
        if not 0 <= int(bits) < _ADDRESS_BITS[found.version]:
            message = (
                f"An IPv{found.version} range has 0 to {_ADDRESS_BITS[found.version] - 1} bits, and not {int(bits)}."
            )
            raise self.wrong(node, message, "Write a single address as a plain string.")
        return AddressRange(_network(found.compressed, int(bits)))

    def numeric(self, node: Node) -> NumberRange:
        """A range of numbers."""
        if not isinstance(node, Array):
            raise self.wrong(node, 'The value of "numeric" must be an array.', 'Write {"numeric": [">", 0]}.')
        bounds = [self._bound(node, at) for at in range(0, len(node.items), 2)]
        match bounds:
            case [("=", value)]:
                return NumberRange(value, value)
            case [("<" | "<=" as upper, value)]:
                return NumberRange(-inf, value, high_open=upper == "<")
            case [(">" | ">=" as lower, value)]:
                return NumberRange(value, inf, low_open=lower == ">")
            case [(">" | ">=" as lower, low), ("<" | "<=" as upper, high)]:
                if low >= high:
                    raise self.wrong(node, "The lower bound must be below the upper one.", "Swap the two numbers.")
                return NumberRange(low, high, low_open=lower == ">", high_open=upper == "<")
            case _:
                message = (
                    'A numeric range is "=", "<", "<=", ">" or ">=" with a number, or a lower bound and an upper one.'
                )
                raise self.wrong(node, message, 'Write, for example, {"numeric": [">", 0, "<=", 5]}.')

    def _bound(self, node: Array, at: int) -> tuple[str, float]:
        """The operator at a place of a numeric range and the number after it."""
        match node.items[at : at + 2]:
            case [Text(value=operator), Spelled() as number]:
                return operator, float(self._compared(number).value)
            case _:
                message = "A numeric range is made of operators in quotes, each with a number after it."
                raise self.wrong(node.items[at], message, 'Write, for example, {"numeric": [">", 0, "<=", 5]}.')

    def anything_but(self, node: Node) -> AnythingBut:
        """A value that is none of these."""
        if isinstance(node, Object):
            return self._but_operator(node)
        items = node.items if isinstance(node, Array) else (node,)
        texts = [item for item in items if isinstance(item, Text)]
        numbers = [item for item in items if isinstance(item, Spelled)]
        if not items or len(items) not in {len(texts), len(numbers)}:
            message = '"anything-but" takes a string, a number, or an array of only strings or only numbers.'
            raise self.wrong(
                node, message, 'Write {"anything-but": ["a", "b"]}; null, true and false cannot be excluded.'
            )
        return AnythingBut((*(Same(text.value) for text in texts), *map(self._compared, numbers)))

    def _compared(self, number: Spelled) -> SameNumber:
        """A number that EventBridge compares by its value."""
        value = comparable(number.text)
        if value is None:
            message = f"EventBridge cannot compare the number {number.text}."
            raise self.wrong(number, message, "Use a number that a double holds exactly.")
        return SameNumber(value)

    def _but_operator(self, node: Object) -> AnythingBut:
        name, operand = self._only_member(node)
        operator = _EXCLUDED.get(name)
        if operator is None:
            message = f'"anything-but" takes values or {_listed(_EXCLUDED)}, and not "{name}".'
            raise self.wrong(node, message, "Use one of these.")
        items = operand.items if isinstance(operand, Array) else (operand,)
        texts = [self._string(item, name) for item in items]
        if not texts:
            message = f'The array of "{name}" inside "anything-but" is empty.'
            raise self.wrong(operand, message, 'Name what is excluded, or write {"exists": true}.')
        if name in {"prefix", "suffix"} and "" in texts:
            message = f'"{name}" inside "anything-but" must not be empty.'
            raise self.wrong(operand, message, f"Every text has an empty {name}; name what is excluded.")
        return AnythingBut(tuple(operator(self, item) for item in items))


def _number(spelling: str) -> SameNumber:
    value = comparable(spelling)
    return SameNumber(spelling if value is None else value)


def _network(start: str, bits: int) -> IPv4Network | IPv6Network:
    return ip_network(f"{start}/{bits}", strict=False)


def _places_at_once(pieces: list[str]) -> int:
    """At how many places of a wildcard one text can be at the same time, at most; counting stops at ``TOO_COMPLEX``.

    The places are the stars, which a text that got there never leaves, and those inside the pieces between them. They
    are followed over every text that is made of the pieces' characters.
    """
    inner = pieces[1:-1]
    start = frozenset({(0, 0)} if len(pieces) > 1 else ())
    seen, waiting, most = {start}, [start], len(start)
    while waiting and most < TOO_COMPLEX:
        places = waiting.pop()
        for character in set("".join(inner)):
            after = _places_after(places, character, inner)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
                most = max(most, len(after))
    return most


def _places_after(places: frozenset[tuple[int, int]], character: str, inner: list[str]) -> frozenset[tuple[int, int]]:
    """Where a text can be after one more character; a place is a star and how much of the piece after it was met."""
    after = {place for place in places if place[1] == 0}
    for star, met in places:
        if star < len(inner) and inner[star][met] == character:
            whole = met + 1 == len(inner[star])
            after.add((star + 1, 0) if whole else (star, met + 1))
    return frozenset(after)


def _listed(names: Mapping[str, object]) -> str:
    quoted = [f'"{name}"' for name in names if name != "exactly"]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


_OPERATORS: Mapping[str, Callable[[Reader, Node], Test]] = {
    "prefix": Reader.prefix,
    "suffix": Reader.suffix,
    "equals-ignore-case": Reader.same_text,
    "wildcard": Reader.wildcard,
    "anything-but": Reader.anything_but,
    "numeric": Reader.numeric,
    "cidr": Reader.cidr,
    "exists": Reader.exists,
    "exactly": Reader.exactly,
}
_EXCLUDED: Mapping[str, Callable[[Reader, Node], Single]] = {
    "prefix": Reader.prefix,
    "suffix": Reader.suffix,
    "equals-ignore-case": Reader.same_text,
    "wildcard": Reader.wildcard,
}
RESERVED = frozenset(
    {
        *_OPERATORS,
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "in-date-range"),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)
"""Names that no field inside ``$or`` may have. Source: aws/event-ruler, "OR matching"."""
