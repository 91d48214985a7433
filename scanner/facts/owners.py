"""What is known of a thing of another account: its owner's own answers count first, where these were collected."""

from dataclasses import replace
from typing import Any

from scanner.model import GapKind
from scanner.snapshot.answers import Answer, Snapshot


def ask_owner(snapshot: Snapshot, account: str, owner: str, region: str, operation: str, **arguments: Any) -> Answer:
    """The answer to a call about a thing of ``owner`` for ``account``, which names it.

    The owner's own answer, refused or not, else what the account was told itself; where neither is known the gap says
    whose the thing is. An owner "" is the account.
    """
    told = snapshot.ask(account, region, operation, arguments)
    if owner in ("", account):
        return told
    own = snapshot.ask(owner, region, operation, arguments)
    if own.gap is None or own.gap.kind is not GapKind.NOT_COLLECTED:
        return own
    if told.gap is None:
        return told
    reason = f"{told.gap.reason}; it belongs to account {owner}, {how_looked_at(snapshot, owner)}"
    return told.without(replace(told.gap, reason=reason))


def how_looked_at(snapshot: Snapshot, owner: str) -> str:
    """What was looked at of the account that owns a thing, as the end of a sentence."""
    if owner not in snapshot.accounts:
        return "which was not looked at: scan that account too"
    why = snapshot.left_out(owner)
    return f"which could not be looked at: {why}" if why else "which was not asked about it"
