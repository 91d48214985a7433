"""Events of other systems, in every form in which CloudTrail Lake gives them out or takes them in."""

import csv
import gzip
import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from scanner.events.reading.records import Split, split

INNER = {
    "version": "1.0",
    "UID": "core-1",
    "userIdentity": {"type": "Employee", "principalId": "E4711", "details": {"Department": "IT"}},
    "eventSource": "core.example.com",
    "eventName": "GrantRole",
    "eventTime": "2026-11-20T07:00:00Z",
    "requestParameters": {"User": "E0815"},
    "recipientAccountId": "111122223333",
    "additionalEventData": {"changeTicket": 'CHG-1, "urgent"'},
}  # fmt: skip
OUTER = {
    "eventVersion": "1.0",
    "eventCategory": "ActivityAuditLog",
    "eventType": "ActivityLog",
    "eventID": "6d1f",
    "eventTime": "2026-11-20 07:00:05.000",
    "awsRegion": "eu-central-1",
    "recipientAccountId": "111122223333",
}
META = {"metadata": {"ingestionTime": "2026-11-20T07:00:09Z", "channelARN": "arn"}}
STORED = {**OUTER, **META, "eventData": INNER}
COLUMNS = {**OUTER, "metadata": json.dumps(META["metadata"]), "addendum": "", "eventData": json.dumps(INNER)}


def small(value: Any) -> Any:
    """As the columns and members of Lake are called; what the source itself names keeps its capitals."""
    own = {"details", "requestParameters", "additionalEventData", "metadata"}
    if not isinstance(value, dict):
        return value
    return {name.lower(): held if name in own else small(held) for name, held in value.items()}


SMALL = {**small(COLUMNS), "eventdata": json.dumps(small(INNER))}


def sheet(columns: dict[str, Any], separator: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([columns.keys(), columns.values()])
    return out.getvalue().encode()


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def athena(columns: dict[str, Any]) -> bytes:
    def row(cells: Iterable[str]) -> Any:
        return {"Data": [{"VarCharValue": cell} for cell in cells]}

    return encoded({"ResultSet": {"Rows": [row(columns), row(columns.values())]}})


def rows(columns: dict[str, Any]) -> bytes:
    return encoded({"QueryResultRows": [[{name: value} for name, value in columns.items()]]})


FORMS = {
    "as stored": encoded(STORED),
    "eventData as text": encoded({**STORED, "eventData": json.dumps(INNER)}),
    "in a log group": encoded({"events": [{"message": json.dumps(STORED)}]}),
    "a row as an object": encoded(small({**STORED})),
    "a row as an object, eventData as text": encoded({**small(STORED), "eventdata": json.dumps(small(INNER))}),
    "rows": rows(COLUMNS),
    "rows in small letters": rows(SMALL),
    "table": sheet(COLUMNS),
    "table in small letters": sheet(SMALL),
    "table, packed": gzip.compress(sheet(SMALL, ";")),
    "Athena": athena(SMALL),
    "fields of Logs Insights": encoded(
        {"results": [[{"field": name, "value": value} for name, value in COLUMNS.items()]]}
    ),
}


def only(done: Split) -> dict[str, Any]:
    (record,) = (json.loads(bytes(each)) for each in done.records)
    assert (done.malformed_count, done.unread_count, done.cut) == (0, 0, "")
    return dict(record)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_event(form: str) -> None:
    record = only(split(FORMS[form], "a"))
    assert record["eventData"] == INNER
    assert {name: record[name] for name in INNER} == INNER
    stated = {name: record[name] for name in (*OUTER, *META) if name != "eventTime"}
    assert stated == {name: value for name, value in {**OUTER, **META}.items() if name != "eventTime"}


def test_as_it_is_sent() -> None:
    """Lake has given it no id, Region or account of its own yet."""
    sent = {"eventData": json.dumps(INNER), "id": "1", "eventDataChecksum": "x"}
    for data in ([sent], {"auditEvents": [sent], "channelArn": "arn"}, sent):
        record = only(split(encoded(data), "a"))
        assert record == {**INNER, "eventCategory": "ActivityAuditLog", "eventData": INNER}
    record = only(split(sheet({"eventdata": json.dumps(small(INNER))}), "a"))
    assert record["eventData"] == INNER
    assert record["eventName"] == "GrantRole"


@pytest.mark.parametrize("form", ["as stored", "rows", "table"])
def test_an_event_cannot_state_what_cloudtrail_states(form: str) -> None:
    """An event that called itself an Insights event of another account would be judged by no rule, or for another."""
    spoof = {"eventCategory": "Insight", "eventID": "x", "awsRegion": "x", "recipientAccountId": "x", "eventType": "x"}
    inner = {**INNER, **spoof}
    whole = {
        "as stored": encoded({**STORED, "eventData": inner}),
        "rows": rows({**COLUMNS, "eventData": json.dumps(inner)}),
        "table": sheet({**COLUMNS, "eventData": json.dumps(inner)}),
    }
    record = only(split(whole[form], "a"))
    assert [record[name] for name in spoof] == list(map(OUTER.__getitem__, spoof))
    assert record["eventData"]["eventCategory"] == "Insight"


def test_what_is_sent_is_no_insights_event_either() -> None:
    inner = {**INNER, "eventCategory": "Insight"}
    assert only(split(encoded({"eventData": json.dumps(inner)}), "a"))["eventCategory"] == "ActivityAuditLog"
    table = sheet({"eventID": "1", "eventData": json.dumps(inner)})
    assert only(split(table, "a"))["eventCategory"] == "ActivityAuditLog"


@pytest.mark.parametrize("cell", ["{version=1.0, useridentity={type=Employee}}", "", "17", "[1]"])
def test_a_row_whose_event_is_not_json_is_malformed(cell: str) -> None:
    for data in (rows({**COLUMNS, "eventData": cell}), sheet({**COLUMNS, "eventData": cell})):
        done = split(data, "a")
        assert (done.count, done.malformed_count) == (0, 1), data
        assert not done.account().complete


@pytest.mark.parametrize("name", ["metadata", "addendum"])
def test_a_column_that_lost_its_form_is_malformed(name: str) -> None:
    done = split(sheet({**COLUMNS, name: "{channelarn=arn}"}), "a")
    assert (done.count, done.malformed_count) == (0, 1)
    assert f"json_format(CAST({name} AS JSON))" in done.malformed[0][1]


def test_a_record_of_aws_in_such_a_column_stays_one() -> None:
    record = {"eventVersion": "1.11", "eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com"}
    assert only(split(sheet({"eventCategory": "Management", "eventData": json.dumps(record)}), "a")) == record
    assert only(split(encoded([{"eventData": json.dumps(record), "id": "1"}]), "a")) == record


def test_what_is_spelled_twice_stays() -> None:
    inner = {**INNER, "eventname": "Other"}
    record = only(split(encoded({**STORED, "eventData": inner}), "a"))
    assert (record["eventName"], record["eventname"]) == ("GrantRole", "Other")


def test_an_event_without_its_data_says_nothing_and_is_broken() -> None:
    """Rows of a query that leaves the column out: nothing is known of what happened."""
    bare = {name: value for name, value in STORED.items() if name != "eventData"}
    account = split(encoded([bare]), "a.json").account()
    assert (account.records, account.malformed_count) == (0, 1)
    assert "its eventData, which holds what happened, is missing" in account.why
