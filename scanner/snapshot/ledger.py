"""The calls of a snapshot that is being written, by account: those of accounts that are done lie on disk."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from threading import Lock

from scanner.files.covered import Cover
from scanner.model import CallKey
from scanner.snapshot.answers import Call
from scanner.snapshot.call_lines import call_line, read_calls
from scanner.snapshot.raw_json import digest, line


class Ledger:
    """Takes calls from several threads; ``folder`` is private to it and made when an account is put away.

    What lies there lies under the ``cover``, where there is one.
    """

    def __init__(self, folder: Path, cover: Cover | None = None) -> None:
        self._folder = folder
        self._cover = cover
        self._lock = Lock()
        self._at_hand: dict[str, dict[CallKey, Call]] = {}
        self._away: dict[str, Path] = {}

    def add(self, call: Call) -> None:
        """Enter a call. AssertionError when it is there already, in an account that is at hand."""
        with self._lock:
            known = self._at_hand.setdefault(call.account, {})
            if call.key in known:
                raise AssertionError(f"{call.key} was recorded twice")
            known[call.key] = call

    def of(self, account: str) -> tuple[Call, ...]:
        """The calls of an account, in the order of their keys."""
        with self._lock:
            return self._of(account)

    def put_away(self, account: str) -> None:
        """Keep the calls of an account on disk from now on. Raises OSError."""
        with self._lock:
            calls = self._of(account)
            # An account is named by whoever answers; its digest is a file name whatever it is.
            path = self._folder / digest(account.encode())
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            content = b"".join(line(call_line(call)) for call in calls)
            path.write_bytes(content if self._cover is None else self._cover.covered(content))
            self._away[account] = path
            self._at_hand.pop(account, None)

    def lines(self) -> Iterator[bytes]:
        """The lines of ``calls.jsonl``, in the order of keys, an account at a time."""
        # Keys are texts that begin with the account and a slash.
        for account in sorted({*self._at_hand, *self._away}, key="{}/".format):
            yield b"".join(line(call_line(call)) for call in self.of(account))

    def _of(self, account: str) -> tuple[Call, ...]:
        calls = list(self._at_hand.get(account, {}).values())
        if account in self._away:
            stored = self._away[account].read_bytes()
            content = stored if self._cover is None else self._cover.uncovered(stored)
            calls += read_calls(content, str(self._folder))
        return tuple(sorted(calls, key=attrgetter("key")))
