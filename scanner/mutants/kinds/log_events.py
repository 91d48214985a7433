"""Changes of ``check: log-events``."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.model import DocumentCheck, LogEventsCheck, Polarity, Threshold
from scanner.mutants.expressions import expression_changes
from scanner.mutants.kinds.bounds import nearby
from scanner.mutants.mutant import Mutant, Patterns
from scanner.mutants.patterns import pattern_changes

_CONTRARY = {
    Polarity.MUST_NOT: Polarity.MUST,
    Polarity.MUST: Polarity.MUST_NOT,
    Polarity.LIST: Polarity.MUST_NOT,
}


def mutants(check: LogEventsCheck) -> Iterator[Mutant]:
    """The events, the exceptions, documents, the threshold, what must be seen, the categories, the polarity."""
    for change in pattern_changes(check.events):
        patterns = Patterns(check.events, change.text)
        yield Mutant(f"events: {change.what}", replace(check, events=change.text), patterns=patterns)
    yield from _exceptions(check)
    yield from _seen(check)
    for number, document in enumerate(check.documents):
        for what, changed, texts in _document_changes(document):
            every = (*check.documents[:number], *changed, *check.documents[number + 1 :])
            yield Mutant(f"document {number + 1}: {what}", replace(check, documents=every), patterns=texts)
    for category in check.also:
        rest = tuple(other for other in check.also if other != category)
        yield Mutant(f"also: without {category}", replace(check, also=rest))
    yield Mutant(f"polarity: {_CONTRARY[check.polarity]}", replace(check, polarity=_CONTRARY[check.polarity]))
    for name in check.needs:
        rest = tuple(other for other in check.needs if other != name)
        yield Mutant(f"needs: without {name}", replace(check, needs=rest))
    for what, threshold in _threshold_changes(check.threshold) if check.threshold else ():
        yield Mutant(f"threshold: {what}", replace(check, threshold=threshold))


def _exceptions(check: LogEventsCheck) -> Iterator[Mutant]:
    if not check.excluded:
        return
    yield Mutant("except: dropped", replace(check, excluded=None))
    for change in pattern_changes(check.excluded):
        patterns = Patterns(check.excluded, change.text)
        yield Mutant(f"except: {change.what}", replace(check, excluded=change.text), patterns=patterns)


def _seen(check: LogEventsCheck) -> Iterator[Mutant]:
    if not check.seen:
        return
    yield Mutant("seen: dropped", replace(check, seen=None))
    for change in pattern_changes(check.seen):
        patterns = Patterns(check.seen, change.text)
        yield Mutant(f"seen: {change.what}", replace(check, seen=change.text), patterns=patterns)


_DocumentChange = tuple[str, tuple[DocumentCheck, ...], Patterns | None]


def _document_changes(document: DocumentCheck) -> Iterator[_DocumentChange]:
    yield "dropped", (), None
    yield "every such record counts", (replace(document, when="`true`"),), None
    for change in pattern_changes(document.events):
        patterns = Patterns(document.events, change.text)
        yield f"events: {change.what}", (replace(document, events=change.text),), patterns
    for change in expression_changes(document.when):
        yield f"when: {change.what}", (replace(document, when=change.text),), None
    for path in document.of if len(document.of) > 1 else ():
        rest = tuple(other for other in document.of if other != path)
        yield f"of: without {path}", (replace(document, of=rest),), None


def _threshold_changes(threshold: Threshold) -> Iterator[tuple[str, Threshold | None]]:
    yield "dropped", None
    for count in nearby(threshold.count):
        yield f"count {count}", replace(threshold, count=count)
    for within in nearby(threshold.within):
        yield f"within {within}s", replace(threshold, within=within)
    for path in threshold.by:
        yield f"by: without {path}", replace(threshold, by=tuple(other for other in threshold.by if other != path))
    for path in threshold.or_by:
        rest = tuple(other for other in threshold.or_by if other != path)
        yield f"or_by: without {path}", replace(threshold, or_by=rest)
    if threshold.distinct:
        yield "distinct: dropped", replace(threshold, distinct="", distinct_count=1)
        for count in nearby(threshold.distinct_count):
            yield f"distinct: count {count}", replace(threshold, distinct_count=count)
