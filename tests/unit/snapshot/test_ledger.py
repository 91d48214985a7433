"""Calls of accounts that are done lie on disk, and are the same as if they had been held."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.model import CallKey
from scanner.snapshot.answers import SCHEMA, Reply
from scanner.snapshot.folder import SnapshotWriter

ACCOUNTS = ("111122223333", "222233334444", "2", "2-b", "22")


def run(*accounts: str) -> dict[str, Any]:
    scope = {account: {"regions": ["us-east-1"], "skipped": {}} for account in accounts}
    return {"schema": SCHEMA, "started": "2026-11-20T12:00:00Z", "scope": {"accounts": scope}}


def keys(account: str, number: int = 3) -> Iterator[CallKey]:
    for index in range(number):
        yield CallKey(account, "us-east-1", "sns.GetTopicAttributes", {"TopicArn": f"topic-{index}"})


def record(writer: SnapshotWriter, key: CallKey) -> None:
    writer.record(key, Reply(pages=({"Attributes": {}},), items=1), "2026-11-20T12:00:00Z")


@pytest.mark.parametrize("away", [(), ACCOUNTS[:1], ACCOUNTS])
def test_the_folder_is_the_same_whatever_was_put_away(away: tuple[str, ...], tmp_path: Path) -> None:
    for name, done in (("held", ()), ("away", away)):
        with SnapshotWriter(tmp_path / name) as writer:
            for account in ACCOUNTS:
                first, *others = keys(account)
                record(writer, first)
                if account in done:
                    writer.put_away(account)
                    assert [call.key for call in writer.snapshot(run(account), account).calls] == [first]
                for key in others:
                    record(writer, key)
                if account in done:
                    writer.put_away(account)
                assert len(writer.snapshot(run(account), account).calls) == 3
            writer.finish(run(*ACCOUNTS))
    listed = (tmp_path / "held" / "calls.jsonl").read_bytes()
    assert (tmp_path / "away" / "calls.jsonl").read_bytes() == listed
    assert sorted(path.name for path in (tmp_path / "away").iterdir()) == ["calls.jsonl", "raw", "run.json"]


def test_a_call_is_recorded_once(tmp_path: Path) -> None:
    with SnapshotWriter(tmp_path / "s") as writer:
        (key,) = keys("111122223333", 1)
        record(writer, key)
        with pytest.raises(AssertionError, match="recorded twice"):
            writer._ledger.add(writer.snapshot(run(key.account), key.account).calls[0])


def test_what_is_held_does_not_grow_with_the_accounts(tmp_path: Path) -> None:
    held: list[int] = []
    with SnapshotWriter(tmp_path / "s") as writer:
        tracemalloc.start()
        for number in range(1, 13):
            account = f"{number:012}"
            for key in keys(account, 40):
                record(writer, key)
            writer.put_away(account)
            if number % 6 == 0:
                held.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert held[1] - held[0] < 100_000  # 240 calls more, at hand, are above 300,000
