"""Calls made and written down: whatever is asked of AWS in a collection is recorded with its answer or refusal."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

from scanner.aws.asking import ask
from scanner.aws.operations import Operation
from scanner.aws.session import AwsSession
from scanner.collect.targets import Target
from scanner.errors import CollectError
from scanner.model import CallKey
from scanner.snapshot.answers import Reply
from scanner.snapshot.folder import SnapshotWriter
from scanner.times import rfc3339

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present, to the second: what a recorded call's ``started`` says."""
    return datetime.now(UTC).replace(microsecond=0)


class Recorder:
    """Makes calls and writes each into the snapshot. May be used from several threads."""

    def __init__(self, writer: SnapshotWriter, clock: Clock) -> None:
        self.writer = writer
        self.clock = clock
        self._stopped = Event()

    def stop(self) -> None:
        """Ask nothing more: calls that have not begun raise CollectError."""
        self._stopped.set()

    def check(self) -> None:
        """Raises CollectError when nothing more is to be asked."""
        if self._stopped.is_set():
            raise CollectError("The collection has ended.")

    def ask(
        self, session: AwsSession, account: str, operation: Operation, where: Target, *, opt_in: bool = False
    ) -> Reply:
        """The reply to a call about an account, which is written down. CollectError after ``stop``."""
        self.check()
        started = self.clock()
        reply = ask(session, operation, where.region, where.arguments, opt_in=opt_in)
        self.record(account, operation, where, started, reply)
        return reply

    def record(self, account: str, operation: Operation, where: Target, started: datetime, reply: Reply) -> None:
        """Write a reply down that was had at ``started``."""
        key = CallKey(account, where.region, operation.name, where.arguments)
        self.writer.record(key, reply, rfc3339(started))
