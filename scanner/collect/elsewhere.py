"""What answers given to one account name of others, who are asked about it instead: they know most of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from scanner.facts.uses import Look, Thing, Use


class Named:
    """The things that accounts name of each other, by their owner; each once, in the order in which they came."""

    def __init__(self) -> None:
        self._things: dict[str, dict[str, list[Thing]]] = {}
        self._by: dict[str, set[str]] = {}

    def add(self, look: Look, uses: Iterable[Use]) -> set[str]:
        """Add what a look at an account names of the others; the owners of whatever is new."""
        grown: set[str] = set()
        for name, thing in _named(look, uses):
            self._by.setdefault(thing.owner, set()).add(look.account)
            known = self._things.setdefault(thing.owner, {}).setdefault(name, [])
            if thing not in known:
                known.append(thing)
                grown.add(thing.owner)
        return grown

    @property
    def owners(self) -> tuple[str, ...]:
        """The accounts of which others name something, ascending."""
        return tuple(sorted(self._things))

    def of(self, owner: str) -> Mapping[str, Collection[Thing]]:
        """What others name of an account, by the name of what it is."""
        return self._things.get(owner, {})

    def by(self, owner: str) -> Collection[str]:
        """The accounts that name something of another one."""
        return self._by.get(owner, ())


def _named(look: Look, uses: Iterable[Use]) -> Iterator[tuple[str, Thing]]:
    for things in {use.per.name: use.per for use in uses}.values():
        for thing in look.elsewhere(things):
            yield things.name, thing
