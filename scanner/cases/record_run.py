"""A log-event rule judged over the records of a case, by the engine and, record by record, by the pattern language."""

import json
from collections.abc import Mapping, Sequence

from scanner.assessment.evaluate import effective
from scanner.cases.records import Record
from scanner.checks.log_events import judge_all
from scanner.events.counting.parts import Part, merge
from scanner.events.counting.repeats import Seen
from scanner.events.evaluation import Evaluator
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.matching.conditions.documents import document_test
from scanner.events.reading.fields.replaced import original_of, update_of
from scanner.model import APART, Finding, JsonValue, LogEventsCheck, Rule
from scanner.pattern import matches, parse_events

SOURCE = "case.json"
"""The name of the one source that holds the records of a case."""

_SLOTS = 65521
"""Places to remember eventIDs in: a case has few records, and the memory that a run needs takes long to clear."""


def judge_records(
    rule: Rule, records: Sequence[Record], parameters: Mapping[str, JsonValue]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What the rule says of the records, as one log file, and where the engine and the language disagree.

    The engine looks records up by a few of their fields; the language reads each as a metric filter would. Both must
    find the same. Raises UsageError when the rule cannot be judged with these parameters.
    """
    given = {rule.id: parameters}
    judged = judged_rules((rule,), given)
    evaluator, part = Evaluator(judged), Part()
    evaluator.judge([evaluator.open(SOURCE, json.dumps({"Records": list(records)}).encode())], part)
    result = merge((part,), judged, Seen(_SLOTS))
    # The engine keeps the first hits only, so their places may be fewer than those that the pattern matches.
    expected = set(matching(rule, records, parameters))
    found = {hit.position for hits in result.hits.values() for hit in hits.first}
    counted = sum(hits.records for hits in result.hits.values())
    problems = []
    if not found <= expected or counted != len(expected):
        places = ", ".join(str(place) for place in sorted(expected)) or "none"
        problems.append(f"the engine counts {counted} records; the pattern itself matches these: {places}")
    return tuple(judge_all((rule,), result, given)), tuple(problems)


def matching(rule: Rule, records: Sequence[Record], parameters: Mapping[str, JsonValue]) -> list[int]:
    """The places of the records that the rule speaks of, read one by one as text.

    ``events`` matches them, or an entry of ``documents`` finds their document wanting; ``except`` does not match them;
    and the rule judges their category, and no later record replaces them.
    """
    check = rule.check
    if not isinstance(check, LogEventsCheck):
        return []
    values = effective(rule, parameters)
    events = parse_events(check.events, values)
    excluded = parse_events(check.excluded, values) if check.excluded else None
    documents = [(parse_events(each.events, values), document_test(each, values)) for each in check.documents]
    left_out = set(APART) - set(check.also)
    replaced = {original_of(record) for record in records} - {""}
    found = []
    for place, record in enumerate(records):
        text = json.dumps(record)
        spoken_of = matches(events, text) or any(matches(those, text) and counts(record) for those, counts in documents)
        spoken_of = spoken_of and f"{record.get('eventID')}{update_of(record)}" not in replaced
        if spoken_of and record.get("eventCategory") not in left_out and not (excluded and matches(excluded, text)):
            found.append(place)
    return found
