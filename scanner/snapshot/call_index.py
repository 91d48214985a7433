"""The calls of a snapshot by account: those of many accounts are packed, and a few accounts are unpacked at a time."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Generic, Protocol, TypeVar

from scanner.model import CallKey
from scanner.model.packed import pack, unpack

_MOST_UNPACKED = 32
"""Accounts whose calls are kept unpacked: all of them, in a snapshot of so few."""


class Keyed(Protocol):
    """A recorded call, as far as it is found by."""

    @property
    def key(self) -> CallKey:
        """Its identity."""

    @property
    def file(self) -> str:
        """The raw file with its answer; "" without one."""


Call = TypeVar("Call", bound=Keyed)


class CallIndex(Generic[Call]):
    """Calls by account and key. Passing over it gives them in the order of their keys."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self._unpacked: dict[str, dict[CallKey, Call]] = {}
        self._packed: dict[str, bytes] = {}
        self._counts: dict[str, int] = {}
        self._numbers: dict[str, dict[CallKey, int]] = {}
        self._files: dict[str, dict[str, CallKey]] = {}
        for call in calls:
            self.add(call)

    def add(self, call: Call) -> bool:
        """Take a call in, in place of one of the same key; whether there was none."""
        known = self._of(call.key.account)
        new = call.key not in known
        known[call.key] = call
        self._packed.pop(call.key.account, None)
        self._numbers.clear()
        self._files.clear()
        self._counts[call.key.account] = len(known)
        return new

    def of(self, account: str) -> Mapping[CallKey, Call]:
        """The calls of an account by key; nothing for an account without any."""
        return self._of(account) if account in self._counts else {}

    def get(self, key: CallKey) -> Call | None:
        """The call of this key."""
        return self.of(key.account).get(key)

    def named(self, file: str) -> Call | None:
        """The call whose answer is in a raw file: of the account that the file's name tells, in most snapshots."""
        account = file.split("/")[1] if file.count("/") else ""
        if account not in self._files:
            if len(self._files) >= _MOST_UNPACKED:
                self._files.clear()
            self._files[account] = {call.file: key for key, call in self.of(account).items() if call.file}
        key = self._files[account].get(file)
        return next((call for call in self if call.file == file), None) if key is None else self.get(key)

    @property
    def is_packed(self) -> bool:
        """Whether the calls of some accounts are not at hand unpacked."""
        return len(self._counts) > _MOST_UNPACKED

    def number(self, key: CallKey) -> int:
        """The place of a call in the order of keys, counted from 1; 0 for one that is not there."""
        if key.account not in self._numbers:
            if len(self._numbers) >= _MOST_UNPACKED:
                self._numbers.clear()
            self._numbers[key.account] = dict(zip(sorted(self.of(key.account)), count(self._before(key.account) + 1)))
        return self._numbers[key.account].get(key, 0)

    def _before(self, account: str) -> int:
        return sum(number for other, number in self._counts.items() if _place(other) < _place(account))

    def __len__(self) -> int:
        return sum(self._counts.values())

    def __iter__(self) -> Iterator[Call]:
        for account in sorted(self._counts, key=_place):
            calls: Mapping[CallKey, Call] = self._unpacked.get(account) or unpack(self._packed[account])
            for key in sorted(calls):
                yield calls[key]

    def _of(self, account: str) -> dict[CallKey, Call]:
        """The calls of an account, unpacked and kept so for the next time."""
        known = self._unpacked.get(account)
        if known is not None and not self.is_packed:
            return known
        self._unpacked.pop(account, None)  # it comes last again
        if known is None:
            known = unpack(self._packed[account]) if account in self._packed else {}
            if len(self._unpacked) >= _MOST_UNPACKED:
                oldest = next(iter(self._unpacked))
                left = self._unpacked.pop(oldest)
                if oldest not in self._packed:
                    self._packed[oldest] = pack(left)
        self._unpacked[account] = known
        return known


def _place(account: str) -> str:
    """By which accounts are ordered as the texts of their keys are."""
    return f"{account}/"
