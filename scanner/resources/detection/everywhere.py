"""What is so in every enabled Region of an account, each Region told by its own answers.

A list of Regions that lack something is proven by the Regions that were seen; that none lacks it needs all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.facts.facts import Facts
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.recording.recorders import ELSEWHERE
from scanner.resources.trails.worlds import regions_left_out
from scanner.snapshot.answers import Answer, Snapshot


@dataclass(frozen=True, slots=True)
class InRegion:
    """Whether a Region has something, in words with the Region's name, and the answers that this rests on.

    The first answer is the account's own listing, which tells whether the Region is enabled. Where one of the answers
    is a gap, it is not known.
    """

    region: str
    has: bool
    words: str
    answers: tuple[Answer, ...]

    @property
    def gap(self) -> Gap | None:
        """Why it is not known; None where it is."""
        return next((answer.gap for answer in self.answers if answer.gap is not None), None)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The enabled Regions of an account that were looked at; ``left_out`` says why others were not."""

    told: tuple[InRegion, ...]
    left_out: Gap | None

    @property
    def lacking(self) -> list[str]:
        """The Regions that are known to lack it, in words."""
        return [each.words for each in self.told if each.gap is None and not each.has]

    @property
    def having(self) -> list[str]:
        """The Regions that are known to have it."""
        return [each.region for each in self.told if each.gap is None and each.has]

    @property
    def hidden(self) -> Gap | None:
        """Why it is not known of every enabled Region; None where it is."""
        return next((each.gap for each in self.told if each.gap is not None), None) or self.left_out

    @property
    def answers(self) -> list[Answer]:
        """The answers of all Regions."""
        return [answer for each in self.told for answer in each.answers]


def everywhere(snapshot: Snapshot, account: str, operation: str, look: Callable[[str], InRegion]) -> Everywhere:
    """What ``look`` tells of each Region in scope, but for those that refuse because they are not enabled.

    When every Region refuses so, all of them are told: then nothing was looked at. ``operation`` is what is asked in
    each Region first.
    """
    told = tuple(look(region) for region in snapshot.regions(account))
    enabled = tuple(each for each in told if not is_off(each.answers[0]))
    return Everywhere(enabled or told, left_out(snapshot, account, operation))


def is_off(answer: Answer) -> bool:
    """Whether a Region refused because it is not enabled for the account that was asked: nothing is there."""
    return answer.gap is not None and answer.gap.kind is GapKind.REGION_OFF


def hidden_by(listings: Sequence[Answer]) -> list[Gap]:
    """The gaps of what each Region lists, but for Regions that are not enabled; all, when every Region refuses so."""
    enabled = [each for each in listings if not is_off(each)]
    return [each.gap for each in enabled or listings if each.gap is not None]


def left_out(snapshot: Snapshot, account: str, operation: str) -> Gap | None:
    """Why an operation was not asked in some enabled Regions of the account; None where none was left out."""
    place, reason = regions_left_out(snapshot, account, snapshot.regions(account))
    kind = GapKind.OUT_OF_SCOPE if place == ELSEWHERE else GapKind.NOT_COLLECTED
    return Gap(key=CallKey(account, "", operation, {}), kind=kind, reason=reason) if reason else None


def take_found(facts: Facts, name: str, found: Sequence[Any], answers: Iterable[Answer], hidden: Gap | None) -> None:
    """Put in a list of what was found; where nothing was and ``hidden`` may be some, the field is that gap."""
    if hidden is not None and not found:
        facts.gaps[name] = hidden
        return
    facts.data[name] = list(found)
    facts.cites[name] = tuple(Source(answer.key, "") for answer in answers if answer.gap is None)


def take_rest(facts: Facts, name: str, answers: Iterable[Answer], hidden: Gap | None) -> None:
    """Put in that nothing is left that was not seen: [], or the gap ``hidden``."""
    take_found(facts, name, [], answers, hidden)
