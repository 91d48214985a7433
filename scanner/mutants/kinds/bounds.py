"""Changes of numbers of a check. One that names a parameter is changed by ignoring what cases give the parameter."""

from collections.abc import Iterator


def nearby(number: int | str) -> Iterator[int]:
    """The number one less and one more; nothing for the name of a parameter."""
    if isinstance(number, int):
        yield number - 1
        yield number + 1
