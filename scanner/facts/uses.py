"""What facts rest on: API calls, and the things for each of which a call is made once. Nothing here talks to AWS."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class Thing:
    """What one call is made for: the Region to ask in and its facts by name (``trail``, ``bucket``, …).

    ``besides`` are arguments that the operation does not have otherwise. ``owner`` is the account that the thing
    belongs to, where that may be another than the one whose answers name it; it knows most of it.
    """

    region: str
    facts: Mapping[str, str] = field(default_factory=dict)
    besides: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Things:
    """What calls are made for, once each: every trail, every bucket that a trail delivers to.

    ``found`` reads them from the answers recorded so far; ``Look.each`` does so once. ``named_by`` are the uses whose
    answers name them. Two of one name are the same.
    """

    name: str
    found: Callable[["Look"], Iterable[Thing]] = field(compare=False)
    named_by: tuple["Use", ...] = field(default=(), compare=False)


class Look:
    """One look at the answers recorded so far for an account: whatever several calls are made for is found once.

    ``others`` are further accounts that are looked at: what belongs to one of them is asked about there, as
    ``elsewhere`` tells. ``named`` are things of this account, by the name of what they are, that others named.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        account: str,
        others: Collection[str] = (),
        named: Mapping[str, Collection[Thing]] | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.account = account
        self.others = others
        self._named = named or {}
        self._found: dict[Things, tuple[Thing, ...]] = {}
        self._asked: dict[Things, tuple[Thing, ...]] = {}

    def each(self, things: Things) -> tuple[Thing, ...]:
        """Every one of the things that this account is asked about, in a fixed order."""
        if things not in self._asked:
            own = (thing for thing in self._all(things) if thing.owner not in self.others)
            self._asked[things] = (*own, *self._named.get(things.name, ()))
        return self._asked[things]

    def elsewhere(self, things: Things) -> tuple[Thing, ...]:
        """Those that another account is asked about, which owns them."""
        return tuple(thing for thing in self._all(things) if thing.owner in self.others)

    def _all(self, things: Things) -> tuple[Thing, ...]:
        if things not in self._found:
            self._found[things] = tuple(things.found(self))
        return self._found[things]


@dataclass(frozen=True, slots=True)
class Use:
    """An operation with what it is called for: ``kms.DescribeKey`` for keys of trails is one use, of topics another.

    ``operation`` is ``<boto3 service>.<ApiName>``, one of ``scanner.aws.operations``.
    """

    operation: str
    per: Things

    @property
    def name(self) -> str:
        """``<operation>@<things>``, by which uses are ordered."""
        return f"{self.operation}@{self.per.name}"


def with_what_names_them(uses: Iterable[Use]) -> frozenset[Use]:
    """The uses, and those that name the things they are made for, and so on down to what needs no answer."""
    closed: set[Use] = set()
    pending = list(uses)
    while pending:
        use = pending.pop()
        if use not in closed:
            closed.add(use)
            pending += use.per.named_by
    return frozenset(closed)
