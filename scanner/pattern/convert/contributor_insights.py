"""A filter pattern as a rule of CloudWatch Contributor Insights that counts who did what matches.

Source: CloudWatch User Guide, "Contributor Insights rule syntax": up to four filters, all of which must hold.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain, filterfalse
from typing import Any, assert_never

from scanner.pattern.cloudtrail.record_fields import Field
from scanner.pattern.convert.conditions import (
    Condition,
    Missing,
    NumberIs,
    Source,
    TextIs,
    WordIs,
    assumed_kinds,
    dotted,
    double,
    listed,
)

MOST_FILTERS = 4
MOST_VALUES = 10
"""Values in the list of one filter at most."""

MOST_CHARACTERS = 8192
"""Length of a definition at most (CloudWatch API reference, ``PutInsightRule``)."""

_NAME = re.compile(r"[A-Za-z0-9_@-]+")
_NUMBERS = {"=": "EqualTo", "!=": "NotEqualTo", ">": "GreaterThan", "<": "LessThan"}


def contributor_insights(source: Source) -> tuple[str, tuple[str, ...]]:
    """The rule's definition and what it takes for granted. Raises PatternError where a rule cannot say the same."""
    alternatives = list(dict.fromkeys(source.alternatives()))
    filters = _filters(source, alternatives)
    if len(filters) > MOST_FILTERS:
        why = f"it makes {len(filters)} filters, and a rule has at most {MOST_FILTERS}"
        raise source.refusal("the whole pattern", why, "Split it into several rules.")
    document = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": ["LOG_GROUP_NAME"],
        "LogFormat": "JSON",
        "Contribution": {"Keys": ["$.userIdentity.arn"], "Filters": filters},
        "AggregateOn": "Count",
    }
    text = json.dumps(document, indent=2)
    source.refuse_longer_than(MOST_CHARACTERS, text)
    return text, (
        "LOG_GROUP_NAME stands for the name of your log group",
        "the contributors are those of userIdentity.arn; name another key where you count something else",
        *dict.fromkeys(assumed_kinds(chain(*alternatives))),
    )


def _filters(source: Source, alternatives: Sequence[tuple[Condition, ...]]) -> list[dict[str, Any]]:
    """One filter for each condition, or one for alternatives that all say what one field is."""
    if len(alternatives) == 1:
        return list(chain.from_iterable(_filter(source, [condition]) for condition in alternatives[0]))
    common = set(alternatives[0]).intersection(*alternatives[1:])
    rest = [list(filterfalse(common.__contains__, each)) for each in alternatives]
    if not all(len(each) == 1 for each in rest):
        why = "all filters of a rule must hold, so it has no place for alternatives of several conditions"
        raise source.refusal("the whole pattern", why, "Convert each alternative by itself, into a rule of its own.")
    shared = [condition for condition in alternatives[0] if condition in common]
    filters = list(chain.from_iterable(_filter(source, [condition]) for condition in shared))
    return [*filters, *_filter(source, [each[0] for each in rest])]


def _filter(source: Source, conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """Filters that hold when one of the conditions does."""
    first = conditions[0]
    match = {"Match": _property(source, first.field)}
    texts = [condition for condition in conditions if isinstance(condition, TextIs) and not condition.negated]
    every = TextIs(first.field, "", open_start=True, open_end=True)
    if len(texts) == len(conditions) and conditions != [every]:
        return [{**match, **_values(source, texts)}]
    if len(conditions) > 1:
        why = "a filter lists texts, and nothing else can be an alternative in it"
        fields = listed(dict.fromkeys(dotted(condition.field) for condition in conditions))
        raise source.refusal(f"alternatives for {fields}", why, "Convert each alternative by itself.")
    return list(_alone(source, match, first))


def _alone(source: Source, match: dict[str, str], condition: Condition) -> Iterator[dict[str, Any]]:
    """The filters of a condition by itself."""
    match condition:
        case TextIs(negated=False):
            yield {**match, "IsPresent": True}
        case TextIs(whole=True, text=text):
            yield {**match, "IsPresent": True}
            yield {**match, "NotIn": [text]}
        case Missing():
            yield {**match, "IsPresent": False}
        case NumberIs(operator=operator) if operator in _NUMBERS:
            if operator == "!=":
                yield {**match, "IsPresent": True}
            yield {**match, _NUMBERS[operator]: double(source, condition)}
        case TextIs(field=field):
            raise source.refusal(
                f"what {dotted(field)} does not begin or end with", "it excludes whole texts only", "Name the texts."
            )
        case NumberIs(field=field) | WordIs(field=field):
            raise source.refusal(
                f"this condition on {dotted(field)}", "no operator of a filter means it", "Leave the condition out."
            )
        case _:
            assert_never(condition)


def _property(source: Source, field: Field) -> str:
    if not all(map(_NAME.fullmatch, field)):
        why = "the name has characters that a property cannot hold"
        raise source.refusal(f"a condition on {dotted(field)}", why, "Leave the condition out.")
    return f"$.{dotted(field)}"


def _values(source: Source, texts: Sequence[TextIs]) -> dict[str, list[str]]:
    fields = {each.field for each in texts}
    kinds = {(each.open_start, each.open_end) for each in texts}
    names = {(False, False): "In", (False, True): "StartsWith"}
    if len(fields) > 1 or len(kinds) > 1 or not kinds <= names.keys():
        why = 'one filter is about one field, and lists whole texts ("In") or beginnings ("StartsWith")'
        raise source.refusal(
            f"these conditions on {listed(sorted(map(dotted, fields)))}", why, "Convert each by itself."
        )
    if len(texts) > MOST_VALUES:
        why = f"a filter lists at most {MOST_VALUES}"
        raise source.refusal(f"{len(texts)} values of {dotted(texts[0].field)}", why, "Split the pattern.")
    return {names[kinds.pop()]: [each.text for each in texts]}
