"""Whether SNS can send messages by SMS to a telephone that is subscribed to a topic.

The account that owns the topic is the one that sends.

Sources: Amazon SNS API reference, ``CheckIfPhoneNumberIsOptedOut``, ``GetSMSSandboxAccountStatus``,
``ListSMSSandboxPhoneNumbers`` and ``SetSMSAttributes`` (``MonthlySpendLimit``, in US dollars: SNS stops sending when it
is crossed); Amazon SNS Developer Guide, "Using the Amazon SNS SMS sandbox".
"""

from dataclasses import dataclass
from typing import Any

from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.audit_path.topics import OPTED_OUT, SANDBOX, SMS_ATTRIBUTES, SPEND_LIMIT, VERIFIED
from scanner.facts.facts import checked
from scanner.facts.owners import ask_owner
from scanner.snapshot.answers import Answer, Snapshot

SMS = "sms"
"""The protocol of subscriptions of telephones."""

_UNKNOWN = "leads to a phone number by SMS, and whether messages can be sent to it is not known"


@dataclass(frozen=True, slots=True)
class Phone:
    """What the account that sends is told of a telephone.

    ``opted_out`` is about its number, ``sandbox`` and ``attributes`` are about the account in the topic's Region, and
    ``verified`` are the numbers that it may send to from the sandbox (None where it is not known to be in there).
    """

    number: str
    opted_out: Answer
    sandbox: Answer
    attributes: Answer
    verified: Answer | None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What a decision about it rests on."""
        asked = (self.opted_out, self.sandbox, self.attributes)
        return asked if self.verified is None else (*asked, self.verified)

    def refusal(self) -> tuple[bool | None, str]:
        """Whether messages can be sent to it, and as a clause why not or why that is not known ("" when they can)."""
        certain = self._barred()
        if certain:
            return False, certain
        gap = next((answer.gap for answer in self.answers if answer.gap is not None), None)
        return (None, f"{_UNKNOWN}: {gap.reason}") if gap is not None else (True, "")

    def _barred(self) -> str:
        """Why nothing can be sent to it for certain; "" when that is not so."""
        if self.opted_out.first.get("isOptedOut") is True:
            return "leads to a phone number whose holder has opted out of messages from the account"
        if self.verified is not None and self.verified.gap is None and not self._is_verified(self.verified):
            return "leads to a phone number that is not verified, while the account is in the SMS sandbox"
        if _is_zero(text_member(self.attributes.first.get("attributes"), SPEND_LIMIT)):
            return f"leads to a phone number, while the account may spend nothing on SMS ({SPEND_LIMIT} is 0)"
        return ""

    def _is_verified(self, listed: Answer) -> bool:
        numbers = (each for _, each in mappings(listed, "PhoneNumbers") if each.get("Status") == "Verified")
        return any(each.get("PhoneNumber") == self.number for each in numbers)


def _is_zero(limit: str) -> bool:
    try:
        return float(limit) <= 0
    except ValueError:
        return False


def phone(snapshot: Snapshot, account: str, owner: str, region: str, number: str) -> Phone:
    """The telephone of a number that is subscribed to a topic of ``owner`` in a Region, seen from an account."""

    def ask(operation: str, **arguments: Any) -> Answer:
        return ask_owner(snapshot, account, owner, region, operation, **arguments)

    sandbox = checked(ask(SANDBOX), "IsInSandbox", bool)
    inside = sandbox.first.get("IsInSandbox") is True
    return Phone(
        number=number,
        opted_out=checked(ask(OPTED_OUT, phoneNumber=number), "isOptedOut", bool),
        sandbox=sandbox,
        attributes=ask(SMS_ATTRIBUTES, attributes=[SPEND_LIMIT]),
        verified=checked(ask(VERIFIED), "PhoneNumbers", list) if inside else None,
    )
