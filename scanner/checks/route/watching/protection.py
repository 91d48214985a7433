"""What the data protection policy of a topic does to what an alarm or EventBridge rule publishes to it.

Source: Amazon SNS Developer Guide, "Data protection policy operations": a Deny refuses the publisher, or keeps the
message from a subscription; a message that is masked is delivered.
"""

from dataclasses import dataclass, replace

from scanner.checks.route.watching.deliveries import NONE, UNDECIDED, Delivery
from scanner.facts.facts import member
from scanner.facts.rows import Row
from scanner.model import Outcome
from scanner.policies.data_protection import INBOUND, OUTBOUND, DataProtection, Published, data_protection
from scanner.policies.filter_policies import body_policy
from scanner.policies.statements import PolicyDocumentError
from scanner.resources.monitoring.audiences import Hearing

FIELD = "DataProtection"
"""The field of a topic's row that holds the policy."""


PHRASE = "data protection policy"
"""In the reason of every link that such a policy breaks."""


@dataclass(frozen=True, slots=True)
class Protection:
    """A topic's data protection policy, for what one service publishes.

    ``policy`` is None where it is not known, and ``fault`` is then a clause that says why. ``caller`` is the principal
    of the service.
    """

    policy: DataProtection | None
    fault: str
    caller: str
    published: Published

    def refusal(self, name: str, noun: str) -> tuple[Outcome, str]:
        """Whether publishing to the topic ``name`` is refused for a ``noun``, and why or why that is not known."""
        if self.policy is None:
            told = f"whether the data protection policy of topic {name} refuses what the {noun} publishes is not known"
            return Outcome.UNKNOWN, f"{told}: {self.fault}"
        found = self.policy.denial(INBOUND, self.caller, self.published)
        if found is None:
            return Outcome.PASS, ""
        if found.certain:
            told = f"the data protection policy of topic {name} denies what the {noun} publishes"
            return Outcome.FAIL, f"{told}: {found.why}"
        told = f"the data protection policy of topic {name} may deny what the {noun} publishes"
        return Outcome.UNKNOWN, f"{told}, which these facts do not decide: {found.why}"

    def masked(self, name: str) -> str:
        """A remark that what is published may be changed; "" where it is not."""
        found = self.policy.masking(self.caller, self.published) if self.policy is not None else None
        told = f"the data protection policy of topic {name} masks or removes what it finds"
        return f"{told}: {found.why}" if found is not None else ""

    def reaching(self, delivery: Delivery) -> Delivery:
        """A delivery as the policy leaves it."""
        if delivery.hearing.heard is False or self.policy is None:
            return delivery
        attributes = member(delivery.subscriber.attributes, "Attributes") or {}
        subscribed = str(attributes.get("SubscriptionPrincipal") or "")
        found = self.policy.denial(OUTBOUND, subscribed, self.published)
        if found is not None and found.certain:
            why = f"is denied the message by the topic's data protection policy ({found.why})"
            return replace(delivery, hearing=Hearing(False, why), lets=NONE)
        changed = self.policy.masking(self.caller, self.published) is not None
        if found is not None:
            why = f"may be denied the message by the topic's data protection policy ({found.why})"
        elif changed and body_policy(attributes) is not None:
            why = "has a filter policy on the message body, which the topic's data protection policy may change"
        else:
            return delivery
        return replace(delivery, hearing=Hearing(None, why), lets=UNDECIDED)


def protection(row: Row, caller: str, published: Published) -> Protection:
    """The data protection policy of a topic's row."""
    gap = row.gaps.get(FIELD)
    if gap is not None:
        return Protection(None, gap.reason, caller, published)
    try:
        return Protection(data_protection(row.data.get(FIELD)), "", caller, published)
    except PolicyDocumentError as error:
        return Protection(None, str(error).rstrip("."), caller, published)
