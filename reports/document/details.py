"""What findings know beside their reason, as members of ``details`` in the assessment document, and read back."""

from collections.abc import Mapping
from typing import assert_never

from scanner.model import (
    Details,
    Fix,
    HitDetails,
    JsonValue,
    MatchedRecord,
    NoHitDetails,
    PeriodDetails,
    RecordBurst,
    ResourceDetails,
    RouteDetails,
)
from scanner.model.json_values import as_flag, as_number, as_object, as_objects, as_text, as_texts

Members = dict[str, JsonValue]


def details_members(details: Details | None) -> Members:
    """The members of ``details``; none where a finding has nothing to add."""
    match details:
        case None:
            return {}
        case RouteDetails():
            return _route(details)
        case ResourceDetails():
            return {"fix": _fix(details.fix)}
        case HitDetails():
            return _hits(details)
        case NoHitDetails():
            return _no_hits(details)
        case PeriodDetails():
            return _period(details)
        case _:
            assert_never(details)


def read_details(members: Mapping[str, JsonValue]) -> Details | None:
    """What ``details_members`` gave these members for. Raises LookupError, TypeError or ValueError for others."""
    if not members:
        return None
    if "first_broken" in members:
        return _read_route(members)
    if "hits" in members:
        return _read_hits(members)
    if "covered" in members:
        return _read_period(members)
    if "fix" in members:
        return ResourceDetails(_read_fix(as_object(members["fix"])))
    judged = members.get("records_judged")
    because = as_texts(members.get("unknown_because", ()))
    return NoHitDetails(None if judged is None else as_number(judged), because)


def _route(details: RouteDetails) -> Members:
    members: Members = {
        "first_broken": details.first_broken or None,
        "lost": details.lost,
        "nearest": details.nearest or None,
        "assumption": details.assumption or None,
        "warnings": details.warnings,
    }
    if details.first_broken:
        members["other_ways"] = details.other_ways
        members["not_looked_at"] = details.not_looked_at
        members["fix"] = None if details.fix is None else _fix(details.fix)
    return members


def _read_route(members: Mapping[str, JsonValue]) -> RouteDetails:
    fix = members.get("fix")
    return RouteDetails(
        first_broken=as_text(members["first_broken"] or ""),
        lost=as_texts(members["lost"]),
        nearest=as_text(members["nearest"] or ""),
        assumption=as_text(members["assumption"] or ""),
        warnings=as_texts(members["warnings"]),
        other_ways=as_texts(members.get("other_ways", ())),
        not_looked_at=as_texts(members.get("not_looked_at", ())),
        fix=None if fix is None else _read_fix(as_object(fix)),
    )


def _fix(fix: Fix) -> Members:
    link: Members = {"link": fix.link} if fix.link else {}
    return {**link, "text": fix.text, "commands": fix.commands}


def _read_fix(members: Mapping[str, JsonValue]) -> Fix:
    return Fix(as_text(members["text"]), as_texts(members["commands"]), as_text(members.get("link", "")))


def _hits(details: HitDetails) -> Members:
    members: Members = {
        "hit_count": details.hit_count,
        "matching_records": details.matching_records,
        "count_is_exact": details.exact,
        "hits": [_record(record) for record in details.hits],
    }
    if details.burst_count:
        members["burst_count"] = details.burst_count
        members["bursts"] = [_burst(burst) for burst in details.bursts]
    return members


def _read_hits(members: Mapping[str, JsonValue]) -> HitDetails:
    return HitDetails(
        hit_count=as_number(members["hit_count"]),
        matching_records=as_number(members["matching_records"]),
        exact=as_flag(members["count_is_exact"]),
        hits=tuple(map(_read_record, as_objects(members["hits"]))),
        burst_count=as_number(members.get("burst_count", 0)),
        bursts=tuple(map(_read_burst, as_objects(members.get("bursts", ())))),
    )


def _record(record: MatchedRecord) -> Members:
    return {
        "event_id": record.event_id,
        "event_time": record.event_time,
        "event_name": record.event_name,
        "event_source": record.event_source,
        "region": record.region,
        "actor": record.actor,
        "source_ip": record.source_ip,
        "error": record.error,
        "source": record.source,
        "record": record.record,
    }


def _read_record(members: Mapping[str, JsonValue]) -> MatchedRecord:
    texts = {name: as_text(value) for name, value in members.items() if name != "record"}
    return MatchedRecord(**texts, record=as_number(members["record"]))


def _burst(burst: RecordBurst) -> Members:
    return {
        "group": burst.group,
        "records": burst.records,
        "from": burst.start,
        "to": burst.end,
        "event_ids": burst.event_ids,
    }


def _read_burst(members: Mapping[str, JsonValue]) -> RecordBurst:
    return RecordBurst(
        group=as_texts(members["group"]),
        records=as_number(members["records"]),
        start=as_text(members["from"]),
        end=as_text(members["to"]),
        event_ids=as_texts(members["event_ids"]),
    )


def _no_hits(details: NoHitDetails) -> Members:
    members: Members = {"unknown_because": details.because} if details.because else {}
    if details.records_judged is not None:
        members |= {"hit_count": 0, "records_judged": details.records_judged}
    if details.records_judged:
        members["matching_records"] = 0
    return members


def _period(details: PeriodDetails) -> Members:
    return {
        "since": details.since,
        "until": details.until,
        "covered": details.covered,
        "looked_at": details.looked_at,
        "missed": details.not_looked_at,
    }


def _read_period(members: Mapping[str, JsonValue]) -> PeriodDetails:
    return PeriodDetails(
        since=as_text(members["since"]),
        until=as_text(members["until"]),
        covered=as_flag(members["covered"]),
        looked_at=as_texts(members["looked_at"]),
        not_looked_at=as_texts(members["missed"]),
    )
