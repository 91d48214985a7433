"""How long AWS Config keeps the history of what it recorded, in each Region that has a recorder.

Sources: AWS Config API reference, ``RetentionConfiguration`` (one in a Region at most); AWS Config Developer Guide,
"Deleting AWS Config data": without one it keeps the history 7 years, which are 2557 days.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field
from scanner.facts.uses import Use
from scanner.resources.configuration.seen import RECORDER_STATUS, SeenRecorder, put_more
from scanner.snapshot.answers import Answer, Snapshot

RETENTION = Use("config.DescribeRetentionConfigurations", per=REGIONS)

_LISTED = "RetentionConfigurations"
_USUAL_DAYS = 2557


def put_retention(facts: Facts, snapshot: Snapshot, account: str, seen: Sequence[SeenRecorder]) -> None:
    """Put in how long each Region with a recorder keeps the history, as far as it tells."""
    asked = [(each.region, _asked(snapshot, account, each.region)) for each in seen if each.data is not None]
    known = [(region, answer) for region, answer in asked if answer.gap is None]
    kept = [{"Region": region, "Days": _days(answer)} for region, answer in known]
    facts.take("Kept", kept, *(answer for _, answer in known))
    put_more(facts, "MoreKept", [facts.gaps.get("MoreRecorders"), *(answer.gap for _, answer in asked)])


def _asked(snapshot: Snapshot, account: str, region: str) -> Answer:
    answer = snapshot.ask(account, region, RETENTION.operation)
    return answer if answer.absent else checked(answer, _LISTED, list)


def _days(answer: Answer) -> Any:
    listed = mappings(answer, _LISTED)
    return listed[0][1].get("RetentionPeriodInDays") if listed else _USUAL_DAYS


RETENTION_FIELDS: Mapping[str, Field] = {
    "Kept": Field(
        "For how many days AWS Config keeps the history, as objects {Region, Days}, in each Region that has such a "
        "recorder and tells it; 2557 where nothing else is set.",
        calls=(RETENTION,),
    ),
    "MoreKept": Field(
        "Always []; a gap where MoreRecorders is one, or a Region does not tell for how long it keeps the history.",
        calls=(RECORDER_STATUS, RETENTION),
    ),
}
"""The fields that ``put_retention`` puts in."""
