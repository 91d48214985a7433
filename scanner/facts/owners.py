"""What is known of a thing of another account: its owner's own answers count first, where these were collected."""

from dataclasses import replace
from typing import Any

from scanner.arns import parse_arn
from scanner.facts.facts import sighted_key
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


def ask_about_key(snapshot: Snapshot, account: str, region: str, operation: str, key: str, **besides: Any) -> Answer:
    """The answer to a call about a KMS key for ``account``, which names it; the key's owner is told by its ARN.

    What another account's key is like, and whether there is one, only its owner is sure to be told.
    """
    arn = parse_arn(key)
    owner = arn.account if arn is not None else account
    asked = ask_owner(snapshot, account, owner, region, operation, KeyId=key, **besides)
    return asked if asked.key.account != account else sighted_key(asked, account, key)


def how_looked_at(snapshot: Snapshot, owner: str) -> str:
    """What was looked at of the account that owns a thing, as the end of a sentence."""
    if owner not in snapshot.accounts:
        return "which was not looked at: scan that account too"
    why = snapshot.left_out(owner)
    return f"which could not be looked at: {why}" if why else "which was not asked about it"
