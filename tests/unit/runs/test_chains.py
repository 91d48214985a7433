"""Bundles as a chain: every break in it is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.runs.chains import ChainLink, walk

ACCOUNT = "111122223333"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _link(number: int, previous: str | None = None, *, day: int | None = None, accounts: str = ACCOUNT) -> ChainLink:
    before = f"id-{number - 1}" if number > 1 else ""
    return ChainLink(
        Path(f"bag-{number}"),
        f"id-{number}",
        before if previous is None else previous,
        BEGIN + timedelta(days=30 * number if day is None else day),
        accounts,
    )


def test_a_year_of_bundles_in_any_order() -> None:
    chain = walk(list(map(_link, (7, 2, 1, 4, 3, 6, 5))))
    assert chain.problems == ()
    assert list(chain.links) == list(map(_link, range(1, 8)))
    (note,) = chain.notes
    assert note.startswith("the longest time between two collections is 30 days: from 2026-01-31T00:00:00Z")


def test_the_longest_time_is_told() -> None:
    chain = walk([_link(1, day=0), _link(2, day=1), _link(3, day=90), _link(4, day=91)])
    assert "is 89 days: from 2026-01-02T00:00:00Z to 2026-04-01T00:00:00Z" in chain.notes[0]


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ([_link(1), _link(3)], "bag-3 names a predecessor that is not here: the bundle with the identity id-2"),
        ([_link(2), _link(3)], "bag-2 names a predecessor that is not here: the bundle with the identity id-1"),
        ([_link(1), _link(2, ""), _link(3)], "bag-2 names no predecessor, so it begins a chain of its own; bag-1 is"),
        ([_link(1), _link(2), _link(3, "id-1")], "the chain forks: bag-2, bag-3 all name the bundle id-1"),
        (
            [_link(1, day=9), _link(2, day=5)],
            "collected at 2026-01-06T00:00:00Z, before its predecessor bag-1",
        ),
    ],
)
def test_breaks_are_named(links: list[ChainLink], words: str) -> None:
    assert any(words in problem for problem in walk(links).problems), walk(links).problems


def test_a_copy_is_no_fork() -> None:
    copy = ChainLink(Path("copy.zip"), "id-2", "id-1", BEGIN + timedelta(days=60), ACCOUNT)
    chain = walk([_link(1), _link(2), copy, _link(3)])
    assert chain.problems == ()
    assert "copy.zip is the same bundle as bag-2" in chain.notes
    assert len(chain.links) == 3


def test_other_accounts_are_told() -> None:
    notes = walk([_link(1), _link(2, accounts="444455556666")]).notes
    assert "the accounts changed: bag-2 is of 444455556666, and bag-1 of 111122223333" in notes
