"""Bytes and file names are the same for the same answer, whatever AWS puts into it."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import CallKey
from scanner.snapshot.raw_json import MAX_PART, document, line, plain, raw_file
from scanner.times import rfc3339

SURROGATES = st.text(st.characters(categories=("Cs", "L", "Cc", "P")), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | SURROGATES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SURROGATES, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), "2026-11-20T09:00:00Z"),
        (datetime(2026, 11, 20, 9, 0, tzinfo=timezone(timedelta(hours=2))), "2026-11-20T07:00:00Z"),
        (datetime(2026, 11, 20, 9, 0, 0, 756000, tzinfo=UTC).replace(tzinfo=None), "2026-11-20T09:00:00.756000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-8))), "9999-12-31T23:59:59-08:00"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))), "0001-01-01T00:00:00+08:00"),
    ],
)
def test_times_are_utc(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"at": datetime(2026, 1, 2, tzinfo=UTC)}, {"at": "2026-01-02T00:00:00Z"}),
        (date(2026, 1, 2), "2026-01-02"),
        (b"\x00\xff", "AP8="),
        ((1, 2.5, None, True), [1, 2.5, None, True]),
        (float("nan"), "NaN"),
        ([float("inf"), float("-inf")], ["Infinity", "-Infinity"]),
        ({1: "a"}, {"1": "a"}),
        (complex(1, 2), "(1+2j)"),
    ],
)
def test_answers_become_plain_data(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    json.loads(document(plain(value)))


@given(JSON)
def test_every_text_survives(value: Any) -> None:
    for written in (document(value), line(value)):
        written.decode("utf-8")
        assert json.loads(written) == value
        assert written.endswith(b"\n")
    assert line(value).count(b"\n") == 1


def test_keys_are_sorted_and_text_is_kept() -> None:
    assert document({"b": 1, "a": "é"}) == '{\n  "a": "é",\n  "b": 1\n}\n'.encode()


def test_a_call_without_arguments_has_no_suffix() -> None:
    assert raw_file(CallKey("111122223333", "us-east-1", "sts.GetCallerIdentity", {})) == (
        "raw/111122223333/us-east-1/sts.GetCallerIdentity.json"
    )


def test_arguments_tell_calls_apart() -> None:
    # printf '{"includeShadowTrails":true}' | sha256sum
    assert raw_file(CallKey("1", "eu-west-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True})) == (
        "raw/1/eu-west-1/cloudtrail.DescribeTrails.4e94b51942f8.json"
    )
    names = {raw_file(CallKey("1", "r", "kms.DescribeKey", {"KeyId": key})) for key in ("a", "b", "\ud800", "../../x")}
    assert len(names) == 4


@pytest.mark.parametrize(
    "hostile",
    ["..", ".", "", "../../etc", "a/b", "a\\b", "C:", "nul\0", "ü", "\ud800", "x" * 5000, "a\nb", "US-EAST-1"],
)
def test_hostile_names_stay_in_their_folder(hostile: str) -> None:
    for name in (
        raw_file(CallKey(hostile, "us-east-1", "sts.GetCallerIdentity", {})),
        raw_file(CallKey("1", hostile, "sts.GetCallerIdentity", {})),
        raw_file(CallKey("1", "us-east-1", f"s3.{hostile}", {})),
    ):
        parts = name.split("/")
        assert len(parts) == 4
        assert parts[0] == "raw"
        assert not {"", ".", ".."} & set(parts)
        assert name.isascii()
        assert not set(name) & set('\\:\0\n*?"<>|')


def test_long_names_are_cut_and_still_differ() -> None:
    first, second = (raw_file(CallKey("1", "x" * 200 + end, "sts.GetCallerIdentity", {})) for end in "ab")
    assert first != second
    assert len(first.split("/")[2]) == MAX_PART


def test_names_never_differ_by_case_alone() -> None:
    first, second = (raw_file(CallKey("1", name, "sts.GetCallerIdentity", {})) for name in ("us-east-1", "US-EAST-1"))
    assert first.lower() != second.lower()
