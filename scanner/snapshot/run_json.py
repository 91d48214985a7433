"""``run.json``: who collected, when, with what, and which accounts and Regions were in scope."""

from collections.abc import Mapping
from typing import Any

from scanner.errors import SnapshotError
from scanner.snapshot.answers import SCHEMA
from scanner.snapshot.strict_json import WRITTEN_WRONG, is_texts, is_texts_by_name, is_time, strict_json

RUN = "run.json"
PARTS = "joined"
"""The member that holds each ``run.json`` of the snapshots that one is joined of."""

JOINED = "joined_organization"
"""The member of an account that says when it joined its organization, where AWS Organizations was asked."""

REDACTED = "redacted"
"""The member that says how many different values were replaced by pseudonyms, by the rule that chose them."""

_LOG_RUN = "trailwitness/log-run/"
"""Beginning of the version in the ``run.json`` of a bundle over log records."""

_FACTS = ("caller", "tool", "dependencies", "declared_routes")


def read_run(content: bytes, label: str) -> Mapping[str, Any]:
    """The run that ``content``, the ``run.json`` of what ``label`` names, tells; SnapshotError at the first mistake."""
    where = f"{RUN} of {label}"
    run = strict_json(content, where)
    if not isinstance(run, dict):
        raise SnapshotError(f"{where} is not a JSON object.", WRITTEN_WRONG)
    parts = run.get(PARTS, [])
    if not isinstance(parts, list) or not all(isinstance(part, dict) and PARTS not in part for part in parts):
        raise SnapshotError(f"{where} has no list of runs under {PARTS!r}.", WRITTEN_WRONG)
    for each in (run, *parts):
        _check(each, where)
    return run


def redacted_in(run: Mapping[str, Any]) -> dict[str, int]:
    """How many different values were replaced by pseudonyms, by rule; of joined snapshots, in all of them."""
    if REDACTED in run:
        return dict(run[REDACTED])
    counts: dict[str, int] = {}
    for part in run.get(PARTS, ()):
        for rule, count in part.get(REDACTED, {}).items():
            counts[rule] = counts.get(rule, 0) + count
    return dict(sorted(counts.items()))


def _check(run: Mapping[str, Any], where: str) -> None:
    _check_version(run, where)
    for step in (_started, _scope, _descriptions, _rest):  # later steps rest on those before them
        if problem := step(run):
            raise SnapshotError(f"{where} {problem}.", WRITTEN_WRONG)


def _check_version(run: Mapping[str, Any], where: str) -> None:
    if run.get("schema") == SCHEMA:
        return
    if str(run.get("schema")).startswith(_LOG_RUN):
        raise SnapshotError(
            f"{where} is of version {run['schema']!r}: it holds log records and no snapshot.",
            "Verify it with `trailwitness verify`; `scan --snapshot` judges what `collect` or `scan` recorded.",
        )
    raise SnapshotError(
        f"{where} is of version {run.get('schema')!r}; this Trailwitness reads {SCHEMA!r}.", WRITTEN_WRONG
    )


# What is wrong with a part of the run, as the end of a sentence; "" when nothing is.


def _started(run: Mapping[str, Any]) -> str:
    return "" if is_time(run.get("started")) else "has no time of collection under 'started'"


def _scope(run: Mapping[str, Any]) -> str:
    scope = run.get("scope")
    if not isinstance(scope, dict) or not isinstance(scope.get("accounts"), dict) or not scope["accounts"]:
        return "names no accounts under 'scope'"
    accounts, skipped = scope["accounts"], scope.get("skipped", {})
    if not is_texts_by_name(skipped):
        return "gives no reasons under 'skipped' of 'scope'"
    if both := sorted(skipped.keys() & accounts.keys()):
        return f"names account {both[0]!r} both as looked at and as skipped"
    return next((problem for problem in map(_account, accounts.items()) if problem), "")


def _account(item: tuple[str, Any]) -> str:
    account, facts = item
    if not isinstance(facts, dict) or not is_texts(facts.get("regions")):
        return f"lists no Regions for account {account!r}"
    if not is_texts_by_name(facts.get("skipped", {})):
        return f"gives no reasons under 'skipped' for account {account!r}"
    reason = facts.get("reason", "")
    if not isinstance(reason, str):
        return f"has no text under 'reason' for account {account!r}"
    if not facts["regions"] and not reason.strip():
        return f"lists no Regions for account {account!r} and gives no reason"
    if "started" in facts and not is_time(facts["started"]):
        return f"has no time under 'started' for account {account!r}"
    if JOINED in facts and not is_time(facts[JOINED]):
        return f"has no time under {JOINED!r} for account {account!r}"
    if reason and facts["regions"]:
        return f"gives a reason why account {account!r} was not looked at, and Regions of it that were"
    return ""


def _descriptions(run: Mapping[str, Any]) -> str:
    for name in _FACTS:
        if not is_texts_by_name(run.get(name, {})):
            return f"has no object of texts under {name!r}"
    for name in ("finished", "partition"):
        if not isinstance(run.get(name, ""), str):
            return f"has no text under {name!r}"
    return ""


def _rest(run: Mapping[str, Any]) -> str:
    if run.get("finished") and not is_time(run["finished"]):
        return "has no time under 'finished'"
    redacted = run.get(REDACTED, {})
    if not isinstance(redacted, dict) or not all(type(count) is int and count >= 0 for count in redacted.values()):
        return f"has no object of counts under {REDACTED!r}"
    if not isinstance(run["scope"].get("asked", {}), dict):
        return "has no object under 'asked'"
    return "" if is_texts(run.get("rules", [])) else "has no list of texts under 'rules'"
