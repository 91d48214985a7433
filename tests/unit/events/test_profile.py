"""The profile of log records: counts, copies, hours without events and delivery, the same however records are split."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.events import profile as profiles
from scanner.events.profile import Profile, Tally, gaps, summary
from scanner.times import delivery_time

FILE = (
    "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/"
    "111122223333_CloudTrail_us-east-1_20261120T0710Z_abcdEFGH12345678.json.gz"
)


def record(number: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "eventTime": "2026-11-20T07:05:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/anna", "accountId": "111122223333"},
        **members,
    }


def profile_of(records: Sequence[Any], source: str = "") -> Profile:
    profile = Profile()
    profile.add([each if isinstance(each, bytes) else json.dumps(each).encode() for each in records], source)
    return profile


def counts(profile: Profile, name: str) -> dict[str, int]:
    return dict(profile.tallies[name].counts)


def test_what_is_counted() -> None:
    profile = profile_of(
        [
            record(1),
            record(2, errorCode="AccessDenied", eventTime="2026-11-20T06:00:00Z"),
            record(3, eventName="DeleteUser", awsRegion="eu-west-1", userIdentity={"invokedBy": "x.amazonaws.com"}),
        ]
    )
    assert (profile.records, profile.events, profile.duplicates) == (3, 3, 0)
    assert counts(profile, "source") == {"iam.amazonaws.com": 3}
    assert counts(profile, "event") == {"iam.amazonaws.com CreateUser": 2, "iam.amazonaws.com DeleteUser": 1}
    assert counts(profile, "Region") == {"us-east-1": 2, "eu-west-1": 1}
    assert counts(profile, "error") == {"AccessDenied": 1}
    assert counts(profile, "actor") == {"arn:aws:iam::111122223333:user/anna": 2, "x.amazonaws.com": 1}
    assert (profile.first, profile.last) == ("2026-11-20T06:00:00Z", "2026-11-20T07:05:00Z")
    assert dict(profile.hours["111122223333"].counts) == {"2026-11-20T06": 1, "2026-11-20T07": 2}


def test_an_event_delivered_twice_is_one_event() -> None:
    profile = profile_of([record(1), record(2), record(1)])
    assert (profile.records, profile.events, profile.duplicates) == (3, 2, 1)
    assert counts(profile, "source") == {"iam.amazonaws.com": 2}


def test_records_without_id_are_all_counted() -> None:
    bare = {key: value for key, value in record().items() if key != "eventID"}
    profile = profile_of([bare, bare, record(1, eventID="")])
    assert (profile.events, profile.duplicates, profile.unidentified) == (3, 0, 3)


@pytest.mark.parametrize(
    "odd",
    [
        {"eventTime": 7},
        {"eventTime": "2026-11-20 07:05:00"},
        {"eventTime": "2026-02-31T07:05:00Z"},
        {"eventTime": None},
    ],
)
def test_a_time_that_is_none_is_counted_and_never_raised(odd: dict[str, Any]) -> None:
    profile = profile_of([record(1, **odd)])
    assert (profile.events, profile.untimed, profile.first) == (1, 1, "")


@pytest.mark.parametrize(
    "members",
    [
        {"userIdentity": "root"},
        {"userIdentity": None},
        {"userIdentity": {"sessionContext": {"sessionIssuer": []}, "type": 1}},
        {"eventSource": None, "eventName": ["x"], "awsRegion": {}, "recipientAccountId": 1},
    ],
)
def test_members_of_other_types(members: dict[str, Any]) -> None:
    assert profile_of([record(1, **members)]).events == 1


def test_what_is_no_object_is_unreadable() -> None:
    profile = profile_of([b"[1]", b'"x"', b"{", record(1)])
    assert (profile.records, profile.events, profile.unreadable) == (4, 1, 3)


def test_the_sessions_of_a_role_act_as_one() -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/deployment"
    sessions = [{"type": "AssumedRole", "arn": f"{arn}/{number}"} for number in (4711, 4712)]
    profile = profile_of([record(number, userIdentity=identity) for number, identity in enumerate(sessions)])
    assert counts(profile, "actor") == {arn: 2}


@pytest.mark.parametrize("identity", [{}, None, {"type": 7}])
def test_nobody_is_named_where_no_field_says_who_acted(identity: Any) -> None:
    assert counts(profile_of([record(1, userIdentity=identity)]), "actor") == {"(none)": 1}


def test_hours_without_events() -> None:
    profile = profile_of(
        [
            record(1, eventTime="2026-11-20T05:59:59Z"),
            record(2, eventTime="2026-11-20T08:00:00Z"),
            record(3, eventTime="2026-11-20T09:30:00Z"),
            record(4, eventTime="2026-11-21T09:30:00Z"),
            record(5, recipientAccountId="444455556666"),
        ]
    )
    assert gaps(profile) == {
        "111122223333": [
            ("2026-11-20T10:00:00Z", "2026-11-21T09:00:00Z", 23),
            ("2026-11-20T06:00:00Z", "2026-11-20T08:00:00Z", 2),
        ]
    }


@pytest.mark.parametrize(
    ("time", "lag"),
    [
        ("2026-11-20T07:09:30Z", "under 5 minutes"),
        ("2026-11-20T07:10:30Z", "under 5 minutes"),
        ("2026-11-20T07:05:00Z", "5 to 15 minutes"),
        ("2026-11-20T06:30:00Z", "15 to 60 minutes"),
        ("2026-11-20T06:10:00Z", "over an hour"),
        ("2026-11-20T07:11:00Z", "before the event"),
    ],
)
def test_how_long_delivery_took(time: str, lag: str) -> None:
    assert dict(profile_of([record(1, eventTime=time)], FILE).lags) == {lag: 1}


def test_delivery_is_read_from_log_file_names_only() -> None:
    assert str(delivery_time(f"s3://bucket/{FILE}")) == "2026-11-20 07:10:00+00:00"
    assert delivery_time("trail.json") is None
    assert delivery_time("1_CloudTrail_r_20269920T0710Z_abcdEFGH12345678.json.gz") is None
    assert not profile_of([record(1)], "trail.json").lags


RECORDS = st.lists(
    st.builds(
        record,
        st.integers(0, 10_000),
        eventTime=st.sampled_from(["2026-11-20T05:00:00Z", "2026-11-20T07:00:00Z", "2026-11-20T11:00:00Z", "x"]),
        eventName=st.sampled_from(["A", "B", "C"]),
        errorCode=st.sampled_from([None, "AccessDenied"]),
    ),
    max_size=20,
    unique_by=lambda each: each["eventID"],
)


@given(RECORDS, st.integers(0, 20))
def test_merging_parts_is_one_pass(records: list[dict[str, Any]], at: int) -> None:
    whole = profile_of(records, FILE)
    left, right = profile_of(records[:at], FILE), profile_of(records[at:], FILE)
    left.merge(right)
    assert summary(left) == summary(whole)
    assert summary(profile_of(records[::-1], FILE)) == summary(whole)


def test_merging_counts_what_both_hold_as_copies() -> None:
    left, right = profile_of([record(1), record(2)]), profile_of([record(2), record(3)])
    left.merge(right)
    assert (left.records, left.duplicates, left.events) == (4, 1, 3)


def test_memory_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MAX_NAMES", 2)
    monkeypatch.setattr(profiles, "MAX_IDS", 3)
    profile = profile_of([record(number, eventName=f"E{number % 4}") for number in range(8)])
    assert profile.tallies["event"].top(5) == [
        ("iam.amazonaws.com E0", 2),
        ("iam.amazonaws.com E1", 2),
        ("(other values)", 4),
    ]
    assert profile.uncertain
    assert len(profile.ids) == 3
    assert summary(profile)["duplicates_uncertain"] is True


def test_the_most_frequent_come_first_and_ties_by_name() -> None:
    tally = Tally()
    for name, number in (("b", 2), ("a", 2), ("c", 5)):
        tally.add(name, number)
    assert tally.top(2) == [("c", 5), ("a", 2)]


def test_the_summary_is_plain_json() -> None:
    found: Any = summary(profile_of([record(1), record(1)], FILE), 1)
    assert json.loads(json.dumps(found)) == found
    assert found["counts"]["actor"] == {
        "values": 1,
        "most_frequent": [{"name": "arn:aws:iam::111122223333:user/anna", "events": 1}],
    }
    assert found["hours"] == [{"hour": "2026-11-20T07:00:00Z", "events": 1}]
    assert (found["events"], found["duplicates"]) == (1, 1)
