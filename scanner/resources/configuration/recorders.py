"""Recorders of AWS Config: in which Regions one is on, what they record, and how long that is kept."""

from collections.abc import Sequence
from typing import Any

from scanner.audit_path.members import text_member
from scanner.audit_path.stores import no_region
from scanner.facts.facts import Facts, undecided
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.model import Gap, GapKind
from scanner.resources.configuration.recording_groups import GLOBAL_TYPES, RecordedTypes, records_global_types
from scanner.resources.configuration.retention import RETENTION_FIELDS, put_retention
from scanner.resources.configuration.seen import (
    RECORDER_LISTING,
    RECORDER_STATUS,
    SeenRecorder,
    put_more,
    seen_recorders,
    told_by,
)
from scanner.resources.detection.everywhere import left_out
from scanner.snapshot.answers import Snapshot


def recorder_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account, whether or not AWS Config records anything in it."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    seen = seen_recorders(snapshot, account)
    facts = Facts({"Regions": [each.region for each in seen]})
    _put_recorders(facts, seen, left_out(snapshot, account, RECORDER_LISTING.operation))
    _put_types(facts, seen)
    put_retention(facts, snapshot, account, seen)
    return view_of([facts.row("config.account", account, "", account, ())], [])


def _put_recorders(facts: Facts, seen: Sequence[SeenRecorder], unseen: Gap | None) -> None:
    known = [each for each in seen if each.gap is None]
    answers = tuple(told_by(known))
    facts.take("Recorders", [_told(each) for each in known], *answers)
    facts.take("RecorderNames", sorted({str(each.data["name"]) for each in known if each.data}), *answers)
    facts.take("UnrecordedRegions", [each.region for each in known if not each.is_on], *answers)
    put_more(facts, "MoreRecorders", [*(each.gap for each in seen), unseen])


def _told(seen: SeenRecorder) -> dict[str, Any]:
    """What rules are told of a Region whose recorder is known; types that are not known are in no list."""
    data, state, types = seen.data or {}, seen.state, seen.types or RecordedTypes()
    return {
        "Region": seen.region,
        "Exists": seen.data is not None,
        "Name": data.get("name"),
        "RoleArn": data.get("roleARN"),
        "Recording": seen.is_on,
        "LastStatus": text_member(state, "lastStatus").upper() or None,
        "LastErrorCode": state.get("lastErrorCode"),
        "LastErrorMessage": state.get("lastErrorMessage"),
        "LastStartTime": state.get("lastStartTime"),
        "LastStopTime": state.get("lastStopTime"),
        "IncludedTypes": _listed(types.included),
        "ExcludedTypes": _listed(types.excluded),
        "ContinuousTypes": _listed(types.continuous),
        "DailyTypes": _listed(types.daily),
    }


def _listed(types: tuple[str, ...] | None) -> list[str] | None:
    return None if types is None else sorted(types)


def _put_types(facts: Facts, seen: Sequence[SeenRecorder]) -> None:
    """Which global types no Region records continuously, and where it is not known what is recorded.

    The global types that are missing are a gap while a Region that is not known, or was left out, might record them.
    """
    unclear = [_unclear(each) for each in seen]
    put_more(facts, "MoreTypes", [facts.gaps.get("MoreRecorders"), *unclear])
    able = [each for each in seen if each.gap is None and records_global_types(each.region)]
    missing = [each for each in GLOBAL_TYPES if not _followed(able, each)]
    gap = facts.gaps.get("MoreTypes")
    if missing and gap is not None:
        facts.gaps["UnrecordedGlobalTypes"] = gap
    else:
        facts.take("UnrecordedGlobalTypes", missing, *told_by(able))


def _unclear(seen: SeenRecorder) -> Gap | None:
    """The gap of a recorder that is set up in a way that is not documented."""
    if seen.listing.gap is not None or seen.types is not None:
        return None
    answer = seen.listing
    reason = f"{answer.operation} in {answer.account}/{answer.region} tells in no documented way what is recorded"
    return undecided(answer, reason, GapKind.INVALID).gap


def _followed(seen: Sequence[SeenRecorder], resource_type: str) -> bool:
    """Whether one of the recorders is known to record each change of a type."""
    return any(each.is_on and each.types is not None and each.types.follows(resource_type) for each in seen)


_CALLS = (RECORDER_STATUS,)

ACCOUNT_RECORDERS = ResourceType(
    name="config.account",
    title="Account with the recorders of AWS Config in its enabled Regions",
    view=recorder_view,
    calls=(RECORDER_LISTING,),
    fields={
        "Regions": Field("The enabled Regions that were looked at."),
        "Recorders": Field(
            "One object for each of these Regions of which it is known, {Region, Exists, Name, RoleArn, Recording, "
            "LastStatus, LastErrorCode, LastErrorMessage, LastStartTime, LastStopTime, IncludedTypes, ExcludedTypes, "
            "ContinuousTypes, DailyTypes}, of its customer managed recorder: Exists and Recording say whether there "
            "is one and whether it is on, and LastStatus, in capitals, how its latest recording went (SUCCESS, "
            "FAILURE, PENDING, NOTAPPLICABLE). It records IncludedTypes (null: all types) without ExcludedTypes, and "
            "of ContinuousTypes (null: of all) without DailyTypes each change, of others one state a day.",
            calls=_CALLS,
        ),
        "RecorderNames": Field("Names of these recorders, each once.", calls=_CALLS),
        "UnrecordedRegions": Field("Those of the Regions in which no recorder is on, as far as known.", calls=_CALLS),
        "MoreRecorders": Field(
            "Always []; a gap where an enabled Region was left out, or does not tell of its recorder.", calls=_CALLS
        ),
        "MoreTypes": Field(
            "Always []; a gap where MoreRecorders is one, or a recorder is set up in no documented way.", calls=_CALLS
        ),
        "UnrecordedGlobalTypes": Field(
            "The types of IAM that are the same in every Region (groups, policies, roles, users) of which no Region "
            "records each change.",
            calls=_CALLS,
        ),
        **RETENTION_FIELDS,
    },
    own_names={"REGION": "UnrecordedRegions", "NAME": "RecorderNames"},
    listed_by=(RECORDER_LISTING.operation,),
    one_per_account=True,
)
