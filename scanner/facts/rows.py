"""Rows, views and resource types: what a resource of a snapshot looks like to rules.

A resource type is a pure view over recorded answers. A fact that does not exist is ``None`` (or ``[]`` for a
list); a fact that could not be collected is missing from the row and named in its gaps. The two are never mixed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.facts.uses import Use
from scanner.model import CallKey, Gap, RuleId, Source
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class Row:
    """One resource: ``data`` holds the facts that are known, ``gaps`` why the others are not.

    ``id`` is the resource's ARN, or its name when it has none; a row about the account itself has the account id
    and no Region. A field is never in both ``data`` and ``gaps``. ``sources`` are the recorded answers every
    verdict about the row rests on; ``cites`` adds, by field, those that only matter when a rule names the field.
    """

    type: str
    account: str
    region: str
    id: str
    data: Mapping[str, Any]
    sources: tuple[Source, ...] = ()
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    cites: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """The resources of one type in one account, by Region and id.

    ``gaps`` say that the population itself may be incomplete: more resources may exist than ``rows`` shows.
    """

    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Existence:
    """How rows say that what they name does not exist, and the one rule that reports it.

    ``field`` is false in such a row. A missing thing is one finding: it is neither unencrypted nor open to everyone.
    """

    field: str
    reported_by: RuleId


@dataclass(frozen=True, slots=True)
class Held:
    """That rows are about things which one account owns and others use: the owner's own row tells what the thing is.

    ``users`` is the field that lists what uses the thing, as far as the account sees that ("" without one): where the
    owner sees all of it, its row tells the fields ``of_users``, which follow from it, as well. The fields ``of_asker``
    are about the account whose row it is, and no other row tells them.
    """

    users: str = ""
    of_users: frozenset[str] = frozenset()
    of_asker: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """A fact that rules may name: what it means, in one line, and the calls it needs beyond those of its type."""

    meaning: str
    calls: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource that rules can judge.

    ``view`` computes its rows from a snapshot and an account id; ``calls`` are what every row rests on. ``fields`` are
    the facts that rules may name; members that AWS returns beyond these stay in the row but are not promised.
    ``existence`` is for types whose rows may name something that is not there, such as a deleted topic. ``listed_by``
    names the calls whose answers show that there is nothing of the type at all. ``own_names`` are words in capitals
    that the remediation of a rule has for a row's own names, each with the field that holds the name, or several.
    ``held`` is for types whose rows a rule may judge once, in the account that owns the thing. ``one_per_account`` says
    that each account has one row, whatever is in it, or a gap: there is never nothing to judge. ``regional`` says that
    there may be more of the type in Regions that were not looked at.
    """

    name: str
    title: str
    view: Callable[[Snapshot, str], View]
    calls: tuple[Use, ...]
    fields: Mapping[str, Field]
    existence: Existence | None = None
    listed_by: tuple[str, ...] = ("cloudtrail.DescribeTrails",)
    own_names: Mapping[str, str] = field(default_factory=dict)
    held: Held | None = None
    one_per_account: bool = False
    regional: bool = True

    def uses(self, names: Collection[str]) -> frozenset[Use]:
        """What rows with the fields of these names rest on; ``*`` among the names is every field."""
        wanted = self.fields if "*" in names else names
        found = set(self.calls)
        for name in wanted:
            if name in self.fields:
                found.update(self.fields[name].calls)
        return frozenset(found)


def view_of(rows: list[Row], gaps: list[Gap]) -> View:
    """A view with its rows in their fixed order, by Region and id, and each gap once."""
    ordered = sorted(rows, key=lambda row: (row.region, row.id))
    distinct: dict[CallKey, Gap] = {}
    for gap in gaps:
        distinct.setdefault(gap.key, gap)
    return View(tuple(ordered), tuple(distinct.values()))
