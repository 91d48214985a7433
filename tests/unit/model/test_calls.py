"""The identity of a call is its canonical text, whatever order its arguments are written in."""

from dataclasses import FrozenInstanceError

import pytest

from scanner.model import CallKey, Gap, GapKind, Source


def test_the_text_names_every_part() -> None:
    key = CallKey("111122223333", "us-east-1", "logs.DescribeLogGroups", {"b": ["é"], "a": True})
    assert str(key) == '111122223333/us-east-1/logs.DescribeLogGroups{"a":true,"b":["é"]}'
    assert str(CallKey("1", "", "sts.GetCallerIdentity")) == "1//sts.GetCallerIdentity{}"


def test_equal_calls_are_one_key() -> None:
    one, other = CallKey("1", "r", "s.Op", {"a": 1, "b": 2}), CallKey("1", "r", "s.Op", {"b": 2, "a": 1})
    assert one == other
    assert len({one, other}) == 1
    assert one != CallKey("1", "r", "s.Op", {"a": 1})
    assert one != str(one)


def test_keys_are_ordered_by_their_text() -> None:
    keys = [CallKey("1", region, "s.Op", {"n": n}) for region in ("b", "a") for n in (2, 1)]
    assert [str(key) for key in sorted(keys)] == sorted(map(str, keys))


def test_a_key_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        CallKey("1", "r", "s.Op").region = "x"  # type: ignore[misc]  # what is tested


def test_a_gap_is_about_its_call() -> None:
    key = CallKey("1", "r", "s.Op", {"n": 1})
    gap = Gap(key=key, kind=GapKind.INVALID, reason="no", pointer="/pages/0")
    assert (gap.account, gap.region, gap.operation, gap.arguments) == ("1", "r", "s.Op", {"n": 1})
    assert gap.source == Source(key, "/pages/0")


def test_a_source_of_records_takes_the_place_of_a_call() -> None:
    assert str(CallKey.of_source("a.json.gz")) == '//read{"source":"a.json.gz"}'
