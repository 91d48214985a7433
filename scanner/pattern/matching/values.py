"""What a selector points at in a parsed event."""

from collections.abc import Callable
from typing import Any, Final

from scanner.pattern.language.nodes import Step

Finder = Callable[[tuple[Step, ...]], Callable[[Any], Any]]
"""Steps without wildcard in, the function that fetches what they lead to out: a value, or ``MISSING``."""

MISSING: Final = object()
"""What a selector points at when it points at nothing."""


def find_in_json(steps: tuple[Step, ...]) -> Callable[[Any], Any]:
    """The value that steps without wildcard lead to from a parsed root, or MISSING."""
    if len(steps) == 1 and isinstance(steps[0], str):
        name = steps[0]
        return lambda root: root.get(name, MISSING) if isinstance(root, dict) else MISSING

    def find(root: Any) -> Any:
        for step in steps:
            if isinstance(step, str):
                root = root.get(step, MISSING) if isinstance(root, dict) else MISSING
            elif isinstance(root, list) and isinstance(step, int) and step < len(root):
                root = root[step]
            else:
                return MISSING
        return root

    return find
