"""How a long run tells how far it is, whoever watches."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Progress = Callable[[str, int, int], None]
"""``progress(phase, done, total)``."""

Watch = Callable[[], AbstractContextManager[Progress]]
"""Opens what shows the progress of one phase, a bar for example, and closes it at the end."""


@contextmanager
def unwatched() -> Iterator[Progress]:
    """Nobody watches."""
    yield lambda _phase, _done, _total: None
