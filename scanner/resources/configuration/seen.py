"""What each Region tells of its customer managed recorder of AWS Config.

A recorder that is linked to an AWS service records what that service chose, for the service's own use, and one with a
connector records another cloud: neither counts. Sources: AWS Config API reference, ``ConfigurationRecorder`` and
``ConfigurationRecorderStatus``; AWS Config Developer Guide, "Working with the configuration recorder" (an account has
one customer managed recorder in a Region at most).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.audit_path.places import REGIONS
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.uses import Use
from scanner.model import Gap, GapKind
from scanner.resources.configuration.recording_groups import NOTHING, RecordedTypes, recorded_types
from scanner.snapshot.answers import Answer, Snapshot

RECORDER_LISTING = Use("config.DescribeConfigurationRecorders", per=REGIONS)
RECORDER_STATUS = Use("config.DescribeConfigurationRecorderStatus", per=REGIONS)

_RECORDERS, _STATUS = "ConfigurationRecorders", "ConfigurationRecordersStatus"


@dataclass(frozen=True, slots=True)
class SeenRecorder:
    """What a Region tells of its customer managed recorder: ``data`` is None without one.

    ``listing`` and ``status`` are the answers, gaps where they do not tell it; ``state`` is what the status says.
    """

    region: str
    listing: Answer
    status: Answer
    data: Mapping[str, Any] | None
    state: Mapping[str, Any]

    @property
    def is_on(self) -> bool:
        """Whether it is known to record."""
        return self.state.get("recording") is True

    @property
    def gap(self) -> Gap | None:
        """Why it is not known whether there is a recorder that is on."""
        return self.listing.gap or self.status.gap

    @property
    def types(self) -> RecordedTypes | None:
        """What it records while it is on; None where that is not known."""
        if self.listing.gap is not None:
            return None
        return NOTHING if self.data is None else recorded_types(self.data, self.region)


def seen_recorders(snapshot: Snapshot, account: str) -> list[SeenRecorder]:
    """The recorder of each Region in scope, without those that are not enabled: nothing happens there.

    When every Region refuses so, all of them are there: then nothing was looked at.
    """
    seen = [_seen(snapshot, account, region) for region in snapshot.regions(account)]
    return [each for each in seen if not _is_off(each.listing)] or seen


def _is_off(answer: Answer) -> bool:
    return answer.gap is not None and answer.gap.kind is GapKind.REGION_OFF


def _seen(snapshot: Snapshot, account: str, region: str) -> SeenRecorder:
    listing = checked(snapshot.ask(account, region, RECORDER_LISTING.operation), _RECORDERS, list)
    status = checked(snapshot.ask(account, region, RECORDER_STATUS.operation), _STATUS, list)
    own = [each for _, each in mappings(listing, _RECORDERS) if _is_customers(each)]
    if not own:
        return SeenRecorder(region, listing, listing, None, {})
    name = own[0].get("name")
    states = [each for _, each in mappings(status, _STATUS) if _is_customers(each) and each.get("name") == name]
    if status.gap is None and not states:
        reason = f"{status.operation} in {account}/{region} does not tell of recorder {name}"
        status = undecided(status, reason, GapKind.INVALID)
    return SeenRecorder(region, listing, status, own[0], states[0] if states else {})


def _is_customers(recorder: Mapping[str, Any]) -> bool:
    return not recorder.get("servicePrincipal") and not recorder.get("connectorArn")


def told_by(seen: Sequence[SeenRecorder]) -> Iterator[Answer]:
    """The answers that tell of some recorders."""
    for each in seen:
        yield each.listing
        if each.status is not each.listing:
            yield each.status


def put_more(facts: Facts, name: str, gaps: Sequence[Gap | None]) -> None:
    """Put in a field that is [], or a gap where something that it stands for is not known."""
    gap = next((each for each in gaps if each is not None), None)
    if gap is None:
        facts.take(name, [])
    else:
        facts.gaps[name] = gap
