"""Filter patterns in rule files: what can be wrong with one."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from scanner.content.draft import Draft
from scanner.documents import Pointer
from scanner.errors import PatternError

if TYPE_CHECKING:
    from scanner.pattern import Pattern


def pattern_mistakes(
    draft: Draft, patterns: Iterable[tuple[Pointer, str]], parsed: "Callable[[str], Pattern]"
) -> Iterator[str]:
    """Patterns that ``parsed`` refuses with a PatternError, that are none over events, or that no event can match.

    Only ``except`` may match nothing.
    """
    from scanner.pattern import JsonPattern, matches_nothing

    for place, text in patterns:
        key = ".".join(map(str, place))
        try:
            pattern = parsed(text)
        except PatternError as error:
            yield draft.document.problem_at(draft.document.mark_inside(place, error.span[0]), f"{key}: {error}")
            continue
        if not isinstance(pattern, JsonPattern):
            yield draft.mistake(place, f"{key}: must be a pattern over JSON events, written in {{ }}")
        elif key != "except" and matches_nothing(pattern):
            yield draft.mistake(place, f"{key}: no event can match this pattern")
