"""Who is subscribed to a topic, and which of them receive what is published to it.

Sources: Amazon SNS API reference, ``ListSubscriptionsByTopic`` (a subscription that nobody confirmed has
``PendingConfirmation`` in place of an ARN) and ``GetSubscriptionAttributes``; AWS Lambda API reference,
``GetFunctionConcurrency``; Amazon SQS API reference, ``GetQueueUrl``; Amazon Data Firehose API reference,
``ListTagsForDeliveryStream``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.stores import mappings
from scanner.audit_path.topics import endpoint_name
from scanner.facts.facts import checked, member
from scanner.facts.owners import ask_owner
from scanner.model import Gap, GapKind
from scanner.policies.filter_policies import Decided, Message, lets_through
from scanner.resources.monitoring.phones import SMS, Phone, phone
from scanner.snapshot.answers import Answer, Snapshot

LIST_SUBSCRIPTIONS = "sns.ListSubscriptionsByTopic"

TO_PEOPLE = frozenset({"email", "email-json", "sms", "application"})
"""Protocols over which SNS sends to people. Source: Amazon SNS Developer Guide, "application-to-person messaging"."""

TO_PROGRAMS = frozenset({"https", "lambda", "sqs", "firehose"})
"""Protocols over which SNS sends to programs: whether a person looks at what these make of it, AWS cannot tell.

Plain HTTP is left out, which anybody on the way can read and drop.
"""

_CHAT = "https://global.sns-api.chatbot.amazonaws.com"
"""The endpoint by which Amazon Q Developer in chat applications (AWS Chatbot) subscribes for a chat channel."""

_REACHED: Mapping[str, str] = {
    "email": "an e-mail address",
    "email-json": "an e-mail address",
    "sms": "a phone number by SMS",
    "application": "a mobile application endpoint",
    "https": "an HTTPS endpoint",
    "http": "an endpoint over plain HTTP",
    "lambda": "a Lambda function",
    "sqs": "an SQS queue",
    "firehose": "a Firehose stream",
}


def reached(protocol: str, endpoint: str = "") -> str:
    """What a subscription of a protocol reaches, in a sentence: "an e-mail address"."""
    if protocol == "https" and endpoint.startswith(_CHAT):
        return "a chat channel (through Amazon Q Developer)"
    return _REACHED.get(protocol, f"an endpoint of the protocol {protocol or 'that is not named'}")


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether a subscription receives a message, and why not, or why that is not known ("" when it does)."""

    heard: Decided
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscription of a topic.

    ``attributes`` are those that SNS gives of it, ``endpoint_answer`` what the owner of the endpoint says (None where
    no call of this account tells). ``phone`` is what is known of a telephone.
    """

    arn: str
    protocol: str
    endpoint: str
    confirmed: bool
    attributes: Answer
    endpoint_answer: Answer | None
    phone: Phone | None = None

    @property
    def reaches(self) -> str:
        """What it reaches, in a sentence: "an e-mail address"."""
        return reached(self.protocol, self.endpoint)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What a decision about it rests on."""
        told = (self.attributes,) if self.endpoint_answer is None else (self.attributes, self.endpoint_answer)
        return told if self.phone is None else (*told, *self.phone.answers)

    @property
    def gap(self) -> Gap | None:
        """The first call about it that gave nothing."""
        return next((answer.gap for answer in self.answers if answer.gap is not None), None)

    def hearing(self, messages: Iterable[Message]) -> Hearing:
        """Whether it receives each of these messages that are published to its topic."""
        found = self._reachable()
        if found.heard is False:
            return found
        heard = _together(self._let_through(message) for message in messages)
        return heard if heard.heard is False or found.heard else found

    def _reachable(self) -> Hearing:
        """Whether what is let through arrives at an endpoint that exists."""
        if not self.confirmed:
            return Hearing(False, "is not confirmed")
        if self.attributes.absent:
            return Hearing(False, "does not exist any more")
        answer = self.endpoint_answer
        if answer is None:
            return self._elsewhere()
        if answer.absent:
            return Hearing(False, f"leads to {self.reaches} that does not exist ({self.endpoint})")
        if answer.gap is not None:
            return Hearing(None, f"leads to {self.reaches} that may not exist: {answer.gap.reason}")
        if self.protocol == "lambda" and answer.first.get("ReservedConcurrentExecutions") == 0:
            return Hearing(False, f"leads to a Lambda function that is kept from running ({self.endpoint})")
        return Hearing(True)

    def _elsewhere(self) -> Hearing:
        if self.phone is not None:
            return Hearing(*self.phone.refusal())
        if self.protocol not in LOOKUPS:
            return Hearing(True)
        arn = parse_arn(self.endpoint)
        owner = f"it belongs to account {arn.account}" if arn and arn.account else "its ARN is not known"
        return Hearing(None, f"leads to {self.reaches} that could not be looked up: {owner}")

    def _let_through(self, message: Message) -> Hearing:
        if self.attributes.gap is not None:
            return Hearing(None, f"may have a filter policy: {self.attributes.gap.reason}")
        attributes = member(self.attributes, "Attributes") or {}
        if attributes.get("PendingConfirmation") == "true":
            return Hearing(False, "is not confirmed")
        heard = lets_through(attributes, message)
        if heard is False:
            return Hearing(False, "has a filter policy that drops the message")
        if heard is None:
            return Hearing(None, "has a filter policy that may drop the message, which these facts do not decide")
        return Hearing(True)


def _together(each: Iterable[Hearing]) -> Hearing:
    found = list(each)
    for wanted in (False, None):
        for item in found:
            if item.heard is wanted:
                return item
    return Hearing(True)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The call that tells whether an endpoint exists: the argument by which it is named, and the others."""

    operation: str
    named: str
    others: Mapping[str, Any] = field(default_factory=dict)

    def arguments(self, arn: Arn) -> dict[str, Any]:
        """How it asks for an endpoint."""
        return {self.named: endpoint_name(arn), **self.others}


LOOKUPS: Mapping[str, Lookup] = {
    "lambda": Lookup("lambda.GetFunctionConcurrency", "FunctionName"),
    "sqs": Lookup("sqs.GetQueueUrl", "QueueName"),
    "firehose": Lookup("firehose.ListTagsForDeliveryStream", "DeliveryStreamName", {"Limit": 1}),
}
"""How the endpoints of a protocol are looked up. An address of a mailbox or a phone tells nothing of itself."""


def subscriptions(snapshot: Snapshot, account: str, region: str, topic: str) -> Answer:
    """The listing of the subscriptions of a topic that an account names."""
    return ask_owner(snapshot, account, _owner(topic), region, LIST_SUBSCRIPTIONS, TopicArn=topic)


def subscribers(snapshot: Snapshot, account: str, region: str, listed: Answer) -> tuple[Subscriber, ...]:
    """The subscriptions that an answer of ``ListSubscriptionsByTopic`` lists, in its order."""
    return tuple(_subscriber(snapshot, account, region, item) for _, item in mappings(listed, "Subscriptions"))


def _subscriber(snapshot: Snapshot, account: str, region: str, item: Mapping[str, Any]) -> Subscriber:
    arn, protocol, endpoint = (str(item.get(name) or "") for name in ("SubscriptionArn", "Protocol", "Endpoint"))
    # A subscription is its topic's owner's to look into, whoever subscribed.
    asked = ask_owner(snapshot, account, _owner(arn), region, "sns.GetSubscriptionAttributes", SubscriptionArn=arn)
    return Subscriber(
        arn=arn,
        protocol=protocol,
        endpoint=endpoint,
        confirmed=parse_arn(arn) is not None,
        attributes=checked(asked, "Attributes", Mapping),
        endpoint_answer=_endpoint(snapshot, account, protocol, endpoint),
        phone=phone(snapshot, account, _owner(arn), region, endpoint) if protocol == SMS and parse_arn(arn) else None,
    )


def _owner(name: str) -> str:
    arn = parse_arn(name)
    return arn.account if arn is not None else ""


def _endpoint(snapshot: Snapshot, account: str, protocol: str, endpoint: str) -> Answer | None:
    """What AWS says of an endpoint to its owner; what it says to others tells nothing of whether that exists."""
    arn, lookup = parse_arn(endpoint), LOOKUPS.get(protocol)
    if lookup is None or arn is None:
        return None
    found = snapshot.ask(arn.account, arn.region, lookup.operation, lookup.arguments(arn))
    asked = arn.account == account or found.gap is None or found.gap.kind is not GapKind.NOT_COLLECTED
    return found if asked else None
