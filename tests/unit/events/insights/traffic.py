"""Generated CloudTrail records: ordinary traffic of several weeks, with bursts planted where a test wants them."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

ACCOUNT, REGION = "111122223333", "eu-west-1"
BEGIN = datetime(2026, 9, 7, tzinfo=UTC)
"""A Monday, 00:00."""

ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy"


@dataclass
class Traffic:
    """Records that are added to, each with an id of its own that depends on nothing but the seed."""

    seed: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - the same traffic each time

    def call(self, minute: float, name: str, *, read: bool = False, error: str = "", **members: Any) -> None:
        """One call, so many minutes after the beginning."""
        source, _, event = name.rpartition(":")
        moment = BEGIN + timedelta(minutes=minute)
        record = {
            "eventVersion": "1.11",
            "userIdentity": {"type": "AssumedRole", "arn": f"{ROLE}/{self._random.randrange(10**6)}"},
            "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{source or 'iam'}.amazonaws.com",
            "eventName": event,
            "awsRegion": REGION,
            "userAgent": "terraform",
            "eventID": str(UUID(int=self._random.getrandbits(128))),
            "readOnly": read,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
            **({"errorCode": error} if error else {}),
            **members,
        }
        self.records.append(record)

    def heard(self, days: int) -> None:
        """A read call every half hour, so that the account is heard of all the time."""
        for half in range(days * 48):
            self.call(half * 30, "sts:GetCallerIdentity", read=True)

    def poisson(self, days: float, per_day: float, name: str, *, start: float = 0, **more: Any) -> None:
        """Calls that come independently of each other."""
        minute = start
        while True:
            minute += self._random.expovariate(per_day / 1440)
            if minute >= start + days * 1440:
                return
            self.call(minute, name, **more)

    def burst(self, minute: float, count: int, name: str, *, length: float = 1, **more: Any) -> None:
        """So many calls within ``length`` minutes."""
        for number in range(count):
            self.call(minute + length * number / count, name, **more)


def log_file(records: Iterable[dict[str, Any]]) -> bytes:
    return json.dumps({"Records": list(records)}).encode()


def shuffled_into(records: list[dict[str, Any]], files: int, seed: int) -> Iterator[bytes]:
    """The records in so many files, in any order."""
    chosen = random.Random(seed)  # noqa: S311 - the same order each time
    mixed = chosen.sample(records, len(records))
    for number in range(files):
        yield log_file(mixed[number::files])
