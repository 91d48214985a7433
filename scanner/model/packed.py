"""Long sequences that do not fit into memory unpacked: findings of thousands of accounts, and their evidence."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

Item = TypeVar("Item")
Other = TypeVar("Other")


def pack(values: Any) -> bytes:
    """Values of the model as bytes, for ``unpack`` in the same process."""
    import pickle  # late: few snapshots hold so much
    import zlib

    return zlib.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), 1)


def unpack(packed: bytes) -> Any:
    """The values that were packed."""
    import pickle
    import zlib

    return pickle.loads(zlib.decompress(packed))  # noqa: S301 - what this process packed itself, never read from outside


class Long(Sequence[Item]):
    """A sequence that is passed over from its beginning to its end; one item alone is found by passing over."""

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        wanted = range(len(self))[index]
        if isinstance(wanted, range):
            return tuple(item for number, item in enumerate(self) if number in wanted)
        return next(item for number, item in enumerate(self) if number == wanted)

    @abstractmethod
    def __iter__(self) -> Iterator[Item]:
        """The items from first to last."""


class Packed(Long[Item]):
    """Values in packed blocks, of which one is unpacked at a time while the sequence is passed over."""

    def __init__(self, blocks: Iterable[Sequence[Item]]) -> None:
        self._blocks: list[bytes] = []
        self._length = 0
        for block in blocks:
            self._blocks.append(pack(tuple(block)))
            self._length += len(block)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        for block in self._blocks:
            yield from unpack(block)


class Derived(Long[Item], Generic[Item, Other]):
    """What is made of each item of a long sequence and its number, counted from 1, whenever it is passed over."""

    def __init__(self, of: Sequence[Other], made: Callable[[int, Other], Item]) -> None:
        self._of = of
        self._made = made

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[Item]:
        for number, item in enumerate(self._of, start=1):
            yield self._made(number, item)
