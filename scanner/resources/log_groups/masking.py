"""Which sensitive data CloudWatch Logs masks in a log group, by its own policy and by that of the account.

Source: CloudWatch Logs API reference, ``GetDataProtectionPolicy``, ``DescribeAccountPolicies`` and ``LogGroup``
(``dataProtectionStatus``, whether the group has a policy of its own that works, or had one).
"""

from collections.abc import Mapping
from typing import Any

from scanner.audit_path.members import text_member
from scanner.audit_path.places import EVENT_LOG_GROUPS, LOG_GROUPS, LOG_REGIONS
from scanner.audit_path.stores import AuditLogGroup, mappings
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.rows import Field
from scanner.facts.uses import Use
from scanner.model import Gap, GapKind
from scanner.policies.log_protection import Protection, log_protection
from scanner.policies.statements import PolicyDocumentError
from scanner.snapshot.answers import Snapshot

_OWN = "logs.GetDataProtectionPolicy"
_WIDE = "logs.DescribeAccountPolicies"
_KIND: Mapping[str, Any] = {"policyType": "DATA_PROTECTION_POLICY"}

_STATUS = "dataProtectionStatus"
_OVER = frozenset({"DELETED", "ARCHIVED", "DISABLED"})
"""What that status says of a policy that works no more."""

_POLICIES = (Use(_OWN, per=LOG_GROUPS), Use(_OWN, per=EVENT_LOG_GROUPS), Use(_WIDE, per=LOG_REGIONS))

MASKING_FIELDS = ("MaskedIdentifiers", "ReportedIdentifiers")
"""The fields that ``take_masking`` puts in."""


def take_masking(facts: Facts, snapshot: Snapshot, account: str, group: AuditLogGroup, foreign: Gap | None) -> None:
    """Put in which data identifiers are masked and reported; a gap for a log group of another account."""
    if foreign is not None:
        facts.gaps.update(dict.fromkeys(MASKING_FIELDS, foreign))
        return
    own = snapshot.ask(account, group.region, _OWN, {"logGroupIdentifier": group.name})
    wide = checked(snapshot.ask(account, group.region, _WIDE, _KIND), "accountPolicies", list)
    if _STATUS in facts.gaps:
        own = own.without(facts.gaps[_STATUS])
    texts = [] if facts.data.get(_STATUS) in _OVER else [text_member(own.first, "policyDocument")]
    texts += [text_member(item, "policyDocument") for _, item in mappings(wide, "accountPolicies")]
    found = Protection(frozenset(), frozenset())
    try:
        found = log_protection(filter(None, texts))
    except PolicyDocumentError as error:
        own = undecided(own, f"Data protection of log group {group.name}: {error}", GapKind.INVALID)
    facts.take("MaskedIdentifiers", sorted(found.masked), own, wide)
    facts.take("ReportedIdentifiers", sorted(found.reported), own, wide)


MASKING: Mapping[str, Field] = {
    "MaskedIdentifiers": Field(
        "Data identifiers that data protection policies of the log group or the account mask in it, by their names, "
        "such as CreditCardNumber; [] without any.",
        calls=_POLICIES,
    ),
    "ReportedIdentifiers": Field(
        "Data identifiers of which such policies report what is found to a destination; [] without any.",
        calls=_POLICIES,
    ),
}
"""Fields of ``logs.audit_log_group``."""
