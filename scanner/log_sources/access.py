"""How all kinds of sources reach AWS: one session, and whose it is, each asked for once and only when needed."""

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from scanner.aws.options import CollectOptions
from scanner.model import Caller

if TYPE_CHECKING:
    from scanner.aws.session import AwsSession


class LogAccess:
    """AWS as the sources of a run see it. Its properties raise CollectError when AWS cannot be reached.

    Only ``operations``, names of ``scanner.aws.log_operations``, may be called: those that kinds of sources declare.
    """

    def __init__(self, options: CollectOptions, operations: Collection[str]) -> None:
        self._options = options
        self._operations = operations
        self._session: AwsSession | None = None
        self._caller: Caller | None = None

    @property
    def session(self) -> "AwsSession":
        """The session, which may call the operations that its sources declare and no other."""
        if self._session is None:
            from scanner.aws.log_operations import LOG_OPERATIONS
            from scanner.aws.session import open_session

            self._session = open_session(self._options, {name: LOG_OPERATIONS[name] for name in self._operations})
        return self._session

    @property
    def caller(self) -> Caller:
        """Whose the session is."""
        if self._caller is None:
            from scanner.log_sources.account import caller_of

            self._caller = caller_of(self.session)
        return self._caller

    @property
    def asked_regions(self) -> tuple[str, ...]:
        """The Regions that were asked for; none means all that are enabled."""
        return self._options.regions

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The Regions to look at: those asked for, else every enabled one."""
        if self.asked_regions:
            return tuple(sorted(set(self.asked_regions)))
        from scanner.log_sources.account import enabled_regions

        return enabled_regions(self.session)

    @property
    def partition(self) -> str:
        """The partition of the session; ``aws`` while nothing needed one."""
        return self._session.partition if self._session is not None else "aws"

    def identity(self) -> Caller:
        """What is known of the caller; nothing while nothing needed it."""
        return self._caller or Caller()
