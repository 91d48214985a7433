"""The calls are made in an order that can be followed."""

import pytest

from scanner.checks.needs import uses_for
from scanner.collect.plan import stages
from scanner.facts.uses import Things, Use
from scanner.model import Rule


def test_what_names_a_thing_comes_first(every_rule: tuple[Rule, ...]) -> None:
    uses = uses_for(every_rule)
    ordered = stages(uses)
    place = {use: number for number, stage in enumerate(ordered) for use in stage}
    assert set(place) == uses
    for use in uses:
        for needed in use.per.named_by:
            assert place[needed] < place[use]
    # What is behind the rules of a second event bus waits for that bus and for them; so do a declared route's roles.
    # Organizational units are nested five deep, and each tells the one above it only.
    assert len(ordered) <= 8
    farther = ("received-rule", "declared-", "listed-account-parent")
    assert len(stages([use for use in uses if not use.per.name.startswith(farther)])) <= 5


def test_the_same_uses_give_the_same_stages(every_rule: tuple[Rule, ...]) -> None:
    uses = uses_for(every_rule)
    assert stages(sorted(uses, key=lambda use: use.name)) == stages(sorted(uses, key=lambda use: use.per.name))


def test_calls_that_wait_for_each_other_are_a_mistake_in_the_table() -> None:
    never = Use("service.Never", per=Things("nothing", lambda _look: ()))
    waiting = Use("service.Waiting", per=Things("something", lambda _look: (), (never,)))
    with pytest.raises(AssertionError, match=r"wait for each other: \['service.Waiting@something'\]"):
        stages([waiting])
