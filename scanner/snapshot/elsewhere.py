"""Things of one account that calls of other accounts are about: an alarm here may notify a topic over there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.arns import parse_arn
from scanner.model import CallKey


class Elsewhere:
    """Calls by the account whose thing they are about, as an ARN among their arguments tells; its own are left out.

    Of the same question asked by several accounts or in several Regions one is kept, the first in the order of keys.
    """

    def __init__(self, keys: Iterable[CallKey] = ()) -> None:
        self._found: dict[str, dict[tuple[str, str], CallKey]] = defaultdict(dict)
        for key in keys:
            self.add(key)

    def add(self, key: CallKey) -> None:
        """Take note of a call."""
        for owner in _owners(key.arguments.values()):
            if owner != key.account:
                question = (key.operation, key.text.partition("{")[2])
                known = self._found[owner].get(question)
                if known is None or key < known:
                    self._found[owner][question] = key

    def of(self, account: str) -> tuple[CallKey, ...]:
        """The calls of others about things of an account, in the order of keys."""
        return tuple(sorted(self._found.get(account, {}).values()))


def _owners(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if (arn := parse_arn(value)) and arn.account:
            yield arn.account
