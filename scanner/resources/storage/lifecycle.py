"""What a bucket's lifecycle rules do to the log files that trails deliver: when they are lost, when archived.

Source: Amazon S3 User Guide, "Lifecycle configuration elements", "Expiring objects" and "Working with objects in a
versioning-suspended bucket"; CloudTrail User Guide, "Finding your CloudTrail log files".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from scanner.alarms.counting import counted
from scanner.audit_path.stores import VisibleTrail

_ACCOUNT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The object keys under which one trail writes: ``<base>[<organization>/]<account>/CloudTrail…``.

    ``account`` is "" for an organization trail, which writes for every account of the organization.
    """

    base: str
    account: str

    @property
    def prefix(self) -> str:
        """The longest prefix that all of the trail's keys share."""
        return f"{self.base}{self.account}/CloudTrail" if self.account else self.base

    def may_start_with(self, prefix: str) -> bool:
        """Whether some log, digest or Insights file of the trail may have a key with this prefix."""
        if len(prefix) <= len(self.base):
            return self.base.startswith(prefix)
        if not prefix.startswith(self.base):
            return False
        parts = prefix[len(self.base) :].split("/")
        if self.account:
            return _fits(parts, (self.account,))
        return _fits(parts, ("",)) or (_fits(parts[:1], ("o-",)) and _fits(parts[1:], ("",)))


def _fits(parts: Sequence[str], accounts: Sequence[str]) -> bool:
    """Whether ``[account, CloudTrail…]`` may begin as ``parts`` do; the last part may be the start of a longer one.

    In place of an account, ``""`` stands for any and ``o-`` for any organization id.
    """
    wanted = (*accounts, "CloudTrail")
    for number, (part, word) in enumerate(zip(parts, wanted, strict=False)):
        complete = number < len(parts) - 1
        if word == "":
            fits = part.isdigit() and len(part) == _ACCOUNT_DIGITS if complete else part == "" or part.isdigit()
        elif word in {"CloudTrail", "o-"}:
            fits = part.startswith(word) or (not complete and word.startswith(part))
        else:
            fits = part == word if complete else word.startswith(part)
        if not fits:
            return False
    return True


def log_keys(trails: Sequence[VisibleTrail]) -> tuple[LogKeys, ...]:
    """Where the trails write in their bucket, each place once."""
    found: dict[LogKeys, None] = {}
    for trail in trails:
        prefix = trail.text("S3KeyPrefix")
        account = "" if trail.data.get("IsOrganizationTrail") is True else trail.account
        # A prefix given with a slash at its end may or may not keep it, so both places count.
        for start in dict.fromkeys((prefix, prefix.rstrip("/"))):
            found[LogKeys(f"{start}/AWSLogs/" if start else "AWSLogs/", account)] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One enabled lifecycle rule that can apply to log files."""

    name: str
    prefix: str
    raw: Mapping[str, Any]

    def meets(self, other: "_Rule") -> bool:
        """Whether one object can be under both rules."""
        return self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix)


class Keys(Protocol):
    """Keys of objects, as far as lifecycle rules choose among them: by how they begin."""

    def may_start_with(self, prefix: str) -> bool:
        """Whether some of them may have this prefix."""
        ...


def lifecycle_facts(rules: Sequence[Any], versioning: str | None, keys: Sequence[Keys]) -> dict[str, Any]:
    """What the rules of a lifecycle configuration do to objects with these keys.

    ``DaysToLoss``: the least number of days after which a rule (or two together) destroys a log file for good, null
    when none ever does; ``LossRule``: that rule's ID. ``DaysToExpiry``: the least number of days after which a log
    file is destroyed or hidden behind a delete marker, null when it never is. ``Transitions``: what moves current
    log files, as ``{Rule, Days, StorageClass}``. ``Actions``: what the rules do to current log files, in words.
    ``Rules``: all rules as AWS lists them.
    """
    applying = list(_applying(rules, keys))
    losses = list(_losses(applying, versioning))
    loss = min(losses, default=None)
    expiries = [days for rule in applying for days in _expiry(rule)]
    transitions: list[dict[str, Any]] = []
    actions: list[str] = []
    for rule in applying:
        transitions += _transitions(rule)
        actions += _in_words(rule)
    return {
        "Rules": [rule for rule in rules if isinstance(rule, Mapping)],
        "DaysToLoss": loss[0] if loss else None,
        "LossRule": loss[1] if loss else None,
        "DaysToExpiry": min(expiries, default=None),
        "Transitions": transitions,
        "Actions": actions,
    }


def _transitions(rule: _Rule) -> Iterator[dict[str, Any]]:
    """What moves current log files."""
    for item in _objects(rule.raw.get("Transitions")):
        yield {"Rule": rule.name, "Days": _days(item), "StorageClass": item.get("StorageClass")}


def _in_words(rule: _Rule) -> Iterator[str]:
    """What a rule does to current log files: "rule old moves them to GLACIER after 30 days"."""
    for item in _objects(rule.raw.get("Transitions")):
        yield f"rule {rule.name} moves them to {item.get('StorageClass')} {_when(item)}"
    for _ in _expiry(rule):
        yield f"rule {rule.name} expires them {_when(rule.raw['Expiration'])}"


def _when(action: Mapping[str, Any]) -> str:
    days = _number(action.get("Days"))
    return f"on {action.get('Date')}" if days is None else f"after {counted(days, 'day')}"


def _applying(rules: Sequence[Any], keys: Sequence[Keys]) -> Iterator[_Rule]:
    for number, raw in enumerate(rules, start=1):
        if not isinstance(raw, Mapping) or raw.get("Status") == "Disabled":
            continue
        conditions = _conditions(raw)
        prefix = conditions.get("Prefix")
        text = prefix if isinstance(prefix, str) else ""
        if not _empty_only(conditions) and any(place.may_start_with(text) for place in keys):
            yield _Rule(str(raw.get("ID") or f"number {number}"), text, raw)


def _conditions(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filter's conditions, whether alone, joined by ``And``, or given as the older ``Prefix`` of the rule.

    Tags are left aside: whoever may tag an object can bring it under the rule, so a tag never keeps a log file safe.
    """
    given = rule.get("Filter")
    if not isinstance(given, Mapping):
        return {"Prefix": rule.get("Prefix")}
    joined = given.get("And")
    return joined if isinstance(joined, Mapping) else given


def _empty_only(conditions: Mapping[str, Any]) -> bool:
    """Whether the size conditions leave empty objects only, or none: a log file is never empty."""
    least, most = _number(conditions.get("ObjectSizeGreaterThan")), _number(conditions.get("ObjectSizeLessThan"))
    return most is not None and most <= max(1, (least or 0) + 1)


def _losses(rules: Sequence[_Rule], versioning: str | None) -> Iterator[tuple[int, str]]:
    """Days until a log file is gone for good, with the rules that do it.

    Without versioning, and while it is suspended, expiry deletes the object. With versioning it only adds a delete
    marker; the file is lost when a rule for noncurrent versions applies to it as well. Such a rule that keeps any
    newer noncurrent versions keeps the file, which is the only noncurrent version of its key.
    """
    for expiring in rules:
        for days in _expiry(expiring):
            if versioning != "Enabled":
                yield days, expiring.name
                continue
            for removing in rules:
                for more in _removal(removing):
                    if expiring.meets(removing):
                        names = dict.fromkeys((expiring.name, removing.name))
                        yield days + more, " with ".join(names)


def _expiry(rule: _Rule) -> Iterator[int]:
    """Days of the rule's expiration of current versions, if it has one."""
    expiration = rule.raw.get("Expiration")
    if isinstance(expiration, Mapping) and (expiration.get("Days") is not None or expiration.get("Date") is not None):
        yield _days(expiration)


def _removal(rule: _Rule) -> Iterator[int]:
    """Days after which the rule destroys a version that is no longer current, if it does."""
    removal = rule.raw.get("NoncurrentVersionExpiration")
    if isinstance(removal, Mapping) and not _number(removal.get("NewerNoncurrentVersions")):
        yield _number(removal.get("NoncurrentDays")) or 0


def _days(action: Mapping[str, Any]) -> int:
    """Days of an action; 0 for one on a date, which takes even an object made the day before."""
    return _number(action.get("Days")) or 0


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
