"""A shorter way to write snapshots, for the views over them."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.snapshot.answers import ABSENT, CallError, Snapshot

MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture
def snapshot_of(make_snapshot: MakeSnapshot) -> MakeSnapshot:
    """``snapshot_of(call, …, regions=…)``; a call is ``(operation, arguments, answer[, region])``.

    An answer is one page, a list of pages, ``"-Code"`` for an absence or ``"!Code"`` for a refusal.
    """

    def build(*calls: tuple[Any, ...], regions: tuple[str, ...] = ("us-east-1",)) -> Snapshot:
        spelled = [(*call, "us-east-1")[:4] for call in calls]
        recorded = [(region, operation, arguments, _answer(answer)) for operation, arguments, answer, region in spelled]
        return make_snapshot(*recorded, regions=regions)

    return build


def _answer(answer: Any) -> Any:
    if not isinstance(answer, str):
        return answer
    return CallError(ABSENT if answer.startswith("-") else GapKind.DENIED, answer[1:], "")
