"""``check: log-events``: what the records of a log must not contain, or must."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from scanner.content.draft import Draft, Resources
from scanner.content.kinds.bounds import bound_mistakes, named_in
from scanner.content.kinds.kind import CheckKind, Data, Parameters
from scanner.content.kinds.patterns import pattern_mistakes
from scanner.documents import Pointer
from scanner.errors import UsageError
from scanner.model import APART, DocumentCheck, LogEventsCheck, Polarity, Threshold
from scanner.wording import did_you_mean, shown

if TYPE_CHECKING:
    from scanner.pattern import Pattern

APPROVAL = "require_approval"
"""A boolean parameter that a check of polarity ``list`` reads by its name."""

DOCUMENT = "document"
RECORD = "record"
"""What the expression of a rule's ``documents`` calls the document, and the record that holds it."""

LONGEST_WINDOW = 31 * 86400
"""The longest window of a threshold, in seconds."""

_AGE = re.compile(r"\bage_(?:hours|days)\s*\(")
_DURATION = re.compile(r"([1-9][0-9]*)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _read(data: Data) -> LogEventsCheck:
    threshold = data.get("threshold")
    return LogEventsCheck(
        events=data["events"],
        excluded=data.get("except"),
        documents=tuple(map(_document, data.get("documents", ()))),
        also=tuple(data.get("also", ())),
        polarity=Polarity(data.get("polarity", Polarity.MUST_NOT)),
        threshold=_threshold(threshold) if threshold else None,
        seen=data.get("seen"),
        needs=tuple(data.get("needs", ())),
    )


def _document(data: Data) -> DocumentCheck:
    of = data["of"]
    return DocumentCheck(data["events"], (of,) if isinstance(of, str) else tuple(of), data["when"].strip())


def _threshold(data: Data) -> Threshold:
    distinct = data.get("distinct", {})
    return Threshold(
        count=data["count"],
        within=_seconds(data["within"]),
        by=tuple(data.get("by", ())),
        or_by=tuple(data.get("or_by", ())),
        distinct=distinct.get("of", ""),
        distinct_count=distinct.get("count", 1),
    )


def _seconds(duration: int | str) -> int | str:
    """``5m`` in seconds; a number and the name of a parameter stay what they are."""
    found = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    return int(found[1]) * _SECONDS[found[2]] if found else duration


def _mistakes(draft: Draft, resources: Resources | None) -> Iterator[str]:
    from scanner.pattern import parse_events

    del resources
    if draft.defaults is not None:  # a pattern with parameters is only a pattern with their values
        yield from pattern_mistakes(draft, _written(draft.data), partial(parse_events, parameters=draft.defaults))
    for number, each in enumerate(draft.data.get("documents", ())):
        yield from _document_mistakes(draft, ("documents", number, "when"), each["when"])
    if draft.parameters is not None:
        yield from _category_mistakes(draft)
        yield from _parameter_mistakes(draft)
        if "threshold" in draft.data:
            yield from _threshold_mistakes(draft, draft.data["threshold"])


def _written(data: Data) -> Iterator[tuple[Pointer, str]]:
    """The patterns of the file, each with its place."""
    for key in ("events", "except", "seen"):
        if key in data:
            yield (key,), data[key]
    for number, each in enumerate(data.get("documents", ())):
        yield ("documents", number, "events"), each["events"]


def _document_mistakes(draft: Draft, place: Pointer, when: str) -> Iterator[str]:
    """What is wrong with an expression over documents inside records."""
    from scanner.expressions.language import compile_expression, fields

    try:
        if draft.defaults is not None:
            compile_expression(when, draft.defaults)
        named = fields(when) - {DOCUMENT, RECORD}
    except UsageError as error:
        yield draft.mistake(place, f"when: {error}")
        return
    if named:
        sentence = f"when: only `{DOCUMENT}` and `{RECORD}` are known here, not {shown(min(named))}"
        yield draft.mistake(place, sentence)
    if _AGE.search(when):
        yield draft.mistake(place, "when: records have no time of collection from which an age could be counted")


def _category_mistakes(draft: Draft) -> Iterator[str]:
    for name in APART:
        if f'"{name}"' in draft.data.get("events", "") and name not in draft.data.get("also", ()):
            yield draft.mistake(("events",), f"events: {name} events are judged only with `also: [{name}]`")


def _parameter_mistakes(draft: Draft) -> Iterator[str]:
    lists = [name for name, kind in draft.types.items() if kind == "strings"]
    for index, name in enumerate(draft.data.get("needs", ())):
        if name not in lists:
            hint = did_you_mean(name, lists)
            yield draft.mistake(("needs", index), f"needs: there is no list parameter {shown(name)}.{hint}")
    if draft.types.get(APPROVAL, "boolean") != "boolean":
        yield draft.mistake(("parameters", APPROVAL), f"the parameter {APPROVAL} must be of type boolean")


def _threshold_mistakes(draft: Draft, threshold: Mapping[str, Any]) -> Iterator[str]:
    bounds = {key: threshold[key] for key in ("count", "within")}
    if "distinct" in threshold:
        bounds["distinct"] = threshold["distinct"]["count"]
    yield from bound_mistakes(draft, bounds, "threshold")
    within = _seconds(threshold["within"])
    if isinstance(within, int) and within > LONGEST_WINDOW:
        yield draft.mistake(("threshold", "within"), "threshold.within is longer than 31 days")


def _parameters(data: Data) -> frozenset[str]:
    from scanner.expressions.language import parameters_of
    from scanner.pattern import parameter_names

    threshold = data.get("threshold", {})
    used = {*named_in((threshold.get("count"), threshold.get("within"), threshold.get("distinct", {}).get("count")))}
    used.update(data.get("needs", ()))
    for _, text in _written(data):
        used |= parameter_names(text)
    for each in data.get("documents", ()):
        used |= parameters_of(each["when"])
    if data.get("polarity") == Polarity.LIST:
        used.add(APPROVAL)
    return frozenset(used)


_DEMANDED: Mapping[Polarity, str] = {
    Polarity.MUST: "must occur",
    Polarity.MUST_NOT: "must not occur",
    Polarity.LIST: "are listed for review",
}


def _describe(check: LogEventsCheck) -> list[str]:
    lines = [f"records that {_DEMANDED[check.polarity]}:", check.events.strip(), ""]
    for each in check.documents:
        when = f"when this is true of {' or '.join(each.of)}, or when that cannot be read:"
        lines += ["and records that match", each.events.strip(), when, each.when, ""]
    if check.excluded:
        lines += ["except:", check.excluded.strip(), ""]
    if check.also:
        lines += [f"besides management and data events: {', '.join(check.also)} events", ""]
    return lines


def _patterns(check: LogEventsCheck, parameters: Parameters) -> "Iterator[tuple[str, str, Pattern]]":
    from scanner.pattern import parse_events

    texts = [("events", check.events), ("except", check.excluded), ("seen", check.seen)]
    texts += [("documents", each.events) for each in check.documents]
    for key, text in texts:
        if text:
            yield key, text, parse_events(text, parameters)


KIND = CheckKind(
    check=LogEventsCheck,
    read=_read,
    mistakes=_mistakes,
    parameters=_parameters,
    describe=_describe,
    patterns=_patterns,
)
