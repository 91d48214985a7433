"""How far a set of filters covers a rule's events, decided once however often it is asked."""

from collections.abc import Iterable
from functools import lru_cache

from scanner.pattern import CoverageProof, JsonPattern, Pattern, covers


def compare(required: JsonPattern, deployed: Iterable[Pattern]) -> CoverageProof:
    """How far the union of ``deployed`` covers ``required`` over the events CloudTrail can deliver.

    The ``assumption`` is empty where the answer holds for all JSON objects. The answer is kept: the Regions and
    accounts of an organization mostly deploy the same filters.
    """
    return _compare(required, tuple(dict.fromkeys(deployed)))


def lost_words(required: JsonPattern, deployed: Iterable[Pattern]) -> tuple[str, ...]:
    """What ``deployed`` misses, in words: names where all events are lost, else with the field values that decide."""
    return _lost_words(required, tuple(dict.fromkeys(deployed)))


@lru_cache(maxsize=4096)
def _compare(required: JsonPattern, deployed: tuple[Pattern, ...]) -> CoverageProof:
    return covers(required, deployed, realistic=True)


@lru_cache(maxsize=4096)
def _lost_words(required: JsonPattern, deployed: tuple[Pattern, ...]) -> tuple[str, ...]:
    return covers(required, deployed, realistic=True, explain=True).lost_words()
