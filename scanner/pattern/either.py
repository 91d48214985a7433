"""A filter pattern or an event pattern, told apart by how the text begins."""

import re

from scanner.eventbridge.nodes import EventPattern
from scanner.eventbridge.parser import parse_event_pattern
from scanner.pattern.language.nodes import Pattern
from scanner.pattern.language.parsing.parser import parse

_EVENT_PATTERN = re.compile(r'\s*\{\s*["}]')


def parse_either(text: str) -> Pattern | EventPattern:
    """The tree of a filter pattern, or the event pattern that a JSON object is.

    ``{`` followed by a double quote or by ``}`` begins an event pattern; in a filter pattern a selector or a
    parenthesis follows. Raises PatternError for what the service in question would reject.
    """
    return parse_event_pattern(text) if _EVENT_PATTERN.match(text) else parse(text)
