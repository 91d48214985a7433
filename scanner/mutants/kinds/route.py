"""Changes of ``check: route``."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.model import PublishedEvents, RouteCheck, RouteKind, RouteScope
from scanner.mutants.kinds.bounds import nearby
from scanner.mutants.mutant import Mutant, Patterns
from scanner.mutants.patterns import pattern_changes


def mutants(check: RouteCheck) -> Iterator[Mutant]:
    """The events, the kinds of route that count, the bounds of the alarm, the scope."""
    for change in pattern_changes(check.events):
        patterns = Patterns(check.events, change.text)
        yield Mutant(f"events: {change.what}", replace(check, events=change.text), patterns=patterns)
    for change in pattern_changes(check.extended) if check.extended else ():
        patterns = Patterns(check.extended or "", change.text)
        yield Mutant(f"extended: {change.what}", replace(check, extended=change.text), patterns=patterns)
    for number, published in enumerate(check.published):
        yield from _published(check, number, published)
    for kind in filter(decides_in_cases, check.accept):
        rest = tuple(other for other in check.accept if other is not kind)
        yield Mutant(f"accept: without {kind}", replace(check, accept=rest), key="accept")
    for value in nearby(check.max_threshold):
        yield Mutant(f"alarm: max_threshold {value}", replace(check, max_threshold=value))
    for value in nearby(check.max_period):
        yield Mutant(f"alarm: max_period {value}", replace(check, max_period=value))
    if check.scope is RouteScope.ORGANIZATION_MANAGEMENT:
        yield Mutant("scope: account", replace(check, scope=RouteScope.ACCOUNT))


def decides_in_cases(kind: object) -> bool:
    """Whether a case can tell that a kind of route counts: those that a user declares are in none."""
    return kind != RouteKind.DECLARED


def _published(check: RouteCheck, number: int, published: PublishedEvents) -> Iterator[Mutant]:
    """What versions of a benchmark ask for: their events. Their patterns decide nothing; they are held against them."""
    if published.events is None:
        return
    for change in pattern_changes(published.events):
        changed = replace(published, events=change.text)
        every = (*check.published[:number], changed, *check.published[number + 1 :])
        patterns = Patterns(published.events, change.text)
        yield Mutant(f"published {number + 1}: {change.what}", replace(check, published=every), patterns=patterns)
