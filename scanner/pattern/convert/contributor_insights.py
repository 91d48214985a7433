"""A filter pattern as a rule of CloudWatch Contributor Insights that counts who did what matches.

Source: CloudWatch User Guide, "Contributor Insights rule syntax": up to four filters, all of which must hold.
"""

import json
from collections.abc import Sequence
from itertools import chain, filterfalse
from typing import Any, assert_never

from scanner.pattern.convert.conditions import Condition, Missing, NumberIs, Source, TextIs, WordIs, dotted, listed

MOST_FILTERS = 4
MOST_VALUES = 10
"""Values in the list of one filter at most."""

_NUMBERS = {"=": "EqualTo", "!=": "NotEqualTo", ">": "GreaterThan", "<": "LessThan"}


def contributor_insights(source: Source) -> tuple[str, tuple[str, ...]]:
    """The rule's definition and what it takes for granted. Raises PatternError where a rule cannot say the same."""
    filters = _filters(source, source.alternatives())
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
    return json.dumps(document, indent=2), (
        "LOG_GROUP_NAME stands for the name of your log group",
        "the contributors are those of userIdentity.arn; name another key where you count something else",
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
    match = {"Match": f"$.{dotted(first.field)}"}
    texts = [condition for condition in conditions if isinstance(condition, TextIs) and not condition.negated]
    if len(texts) == len(conditions):
        return [{**match, **_values(source, texts)}]
    if len(conditions) > 1:
        why = "a filter lists texts, and nothing else can be an alternative in it"
        fields = listed(dict.fromkeys(dotted(condition.field) for condition in conditions))
        raise source.refusal(f"alternatives for {fields}", why, "Convert each alternative by itself.")
    match first:
        case TextIs(whole=True, text=text):
            return [{**match, "IsPresent": True}, {**match, "NotIn": [text]}]
        case TextIs(field=field):
            raise source.refusal(
                f"what {dotted(field)} does not begin or end with", "it excludes whole texts only", "Name the texts."
            )
        case Missing():
            return [{**match, "IsPresent": False}]
        case NumberIs(operator=operator, number=number) if operator in _NUMBERS:
            return [{**match, _NUMBERS[operator]: float(number)}]
        case NumberIs(field=field) | WordIs(field=field):
            raise source.refusal(
                f"this condition on {dotted(field)}", "no operator of a filter means it", "Leave the condition out."
            )
        case _:
            assert_never(first)


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
