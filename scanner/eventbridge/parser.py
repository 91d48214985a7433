"""From the document of an event pattern to the fields that it asks about."""

import json
from collections.abc import Mapping
from typing import Any

from scanner.errors import PatternError
from scanner.eventbridge.json_document import Array, Member, Node, Object, read_document
from scanner.eventbridge.nodes import EventPattern, Path, Test
from scanner.eventbridge.operators import RESERVED, Reader

MAXIMUM_LENGTH = 4096
"""Characters of a pattern at most: EventBridge takes 2,048, and this many where the quota was raised."""

MOST_ALTERNATIVES = 1000
"""Combinations of ``$or`` at most. Source: EventBridge User Guide, "Event pattern syntax", "Or matching"."""

_Alternative = dict[Path, tuple[Test, ...]]


def parse_event_pattern(document: str | Mapping[str, Any]) -> EventPattern:
    """The event pattern that a document is, as text or as an object that was read already.

    A name that is given twice in one object counts as often as it leads to other fields; of one field the last array
    counts, as in EventBridge. Raises PatternError, with the place, for what PutRule and TestEventPattern would reject.
    """
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    if len(text) > MAXIMUM_LENGTH:
        message = f"The event pattern has {len(text)} characters; EventBridge takes {MAXIMUM_LENGTH} at most."
        raise PatternError(message, text, (MAXIMUM_LENGTH, len(text)), "Split it into several rules.")
    node = read_document(text)
    reader = _PatternReader(text)
    if not isinstance(node, Object):
        raise reader.wrong(node, "It is not an object.", 'Write, for example, {"source": ["aws.iam"]}.')
    found = reader.fields([{}], (), node, within_or=False)
    return EventPattern(text, tuple(found))


class _PatternReader(Reader):
    """Walks down an event pattern, writing the tests of each field into every alternative read so far."""

    def fields(
        self, found: list[_Alternative], above: tuple[str, ...], node: Object, *, within_or: bool
    ) -> list[_Alternative]:
        """The alternatives after an object of the pattern; ``above`` are the names that lead to it."""
        if not node.members:
            raise self.wrong(node, "It has an empty object.", "Name a field, or leave the object out.")
        for member in node.members:
            found = self._member(found, above, member, within_or=within_or)
        return found

    def _member(
        self, found: list[_Alternative], above: tuple[str, ...], member: Member, *, within_or: bool
    ) -> list[_Alternative]:
        if member.name == "$or":
            return self._either(found, above, member.node)
        if within_or and member.name in RESERVED:
            message = f'"{member.name}" is an operator and cannot be the name of a field inside "$or".'
            raise PatternError(
                f"The event pattern is not valid. {message}", self.text, member.span, "Rename the field."
            )
        path = (*above, member.name)
        match member.node:
            case Object() as inner:
                return self.fields(found, path, inner, within_or=within_or)
            case Array() as array:
                tests = self._tests(array)
                return [{**alternative, ".".join(path): tests} for alternative in found]
            case node:
                message = f'The value of "{member.name}" must be an object or an array.'
                raise self.wrong(node, message, f'Write {{"{member.name}": [value]}}.')

    def _tests(self, array: Array) -> tuple[Test, ...]:
        if not array.items:
            raise self.wrong(array, "It has an empty array.", "Give at least one value, or leave the field out.")
        return tuple(map(self.test, array.items))

    def _either(self, found: list[_Alternative], above: tuple[str, ...], node: Node) -> list[_Alternative]:
        """The alternatives times the objects of a ``$or``."""
        if not isinstance(node, Array):
            raise self.wrong(node, 'The value of "$or" must be an array.', 'Write {"$or": [{...}, {...}]}.')
        if len(node.items) < 2:
            raise self.wrong(node, '"$or" needs at least two objects.', 'Add another one, or leave "$or" out.')
        either: list[_Alternative] = []
        for item in node.items:
            if not isinstance(item, Object):
                raise self.wrong(item, '"$or" takes objects only.', 'Write {"$or": [{...}, {...}]}.')
            either += self.fields(found, above, item, within_or=True)
            if len(either) > MOST_ALTERNATIVES:
                message = f'Its "$or" make more than {MOST_ALTERNATIVES} combinations.'
                raise self.wrong(node, message, "Split it into several rules.")
        return either
