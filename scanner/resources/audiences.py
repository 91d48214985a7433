"""Who is subscribed to a topic, and which of them receive what an alarm publishes.

Sources: Amazon SNS API reference, ``ListSubscriptionsByTopic`` (a subscription that nobody confirmed has
``PendingConfirmation`` in place of an ARN) and ``GetSubscriptionAttributes``; Amazon SNS Developer Guide, "Amazon SNS
message filtering".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.model import Gap
from scanner.resources.alarm_messages import Decided, Message, hears
from scanner.resources.arns import parse_arn
from scanner.resources.delivery import mappings
from scanner.resources.facts import member
from scanner.snapshot import Answer, Snapshot

ACCEPTED_PROTOCOLS = ("email", "email-json", "https", "sms", "lambda", "sqs", "firehose", "application")
"""Protocols over which an alarm is told: all but plain HTTP, which anybody on the way can read and drop."""

PROTOCOLS: Mapping[str, str] = {
    "email": "an e-mail address",
    "email-json": "an e-mail address",
    "sms": "a phone number",
    "application": "a mobile application",
    "https": "an HTTPS endpoint",
    "http": "an endpoint over plain HTTP",
    "lambda": "a Lambda function",
    "sqs": "an SQS queue",
    "firehose": "a Firehose stream",
}
"""What a subscription of each protocol reaches, in a sentence."""

ENDPOINT_CALLS: Mapping[str, tuple[str, str]] = {
    "lambda": ("lambda.GetFunctionConfiguration", "FunctionName"),
    "sqs": ("sqs.GetQueueUrl", "QueueName"),
    "firehose": ("firehose.DescribeDeliveryStream", "DeliveryStreamName"),
}
"""The call that tells whether the endpoint of a protocol exists, and the argument that names it."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether a subscription receives a message, and why not, or why that is not known ("" when it does)."""

    heard: Decided
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscription of a topic. ``endpoint_answer`` is None where the endpoint is not one that can be looked up."""

    arn: str
    protocol: str
    endpoint: str
    confirmed: bool
    attributes: Answer
    endpoint_answer: Answer | None

    @property
    def reaches(self) -> str:
        """What it reaches, in a sentence: "an e-mail address"."""
        return PROTOCOLS.get(self.protocol, f"an endpoint of the protocol {self.protocol or 'that is not named'}")

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What a decision about it rests on."""
        return (self.attributes,) if self.endpoint_answer is None else (self.attributes, self.endpoint_answer)

    @property
    def gap(self) -> Gap | None:
        """The first call about it that gave nothing."""
        return next((answer.gap for answer in self.answers if answer.gap is not None), None)

    def hearing(self, message: Message) -> Hearing:
        """Whether it receives a message that is published to its topic."""
        if not self.confirmed:
            return Hearing(False, "is not confirmed")
        if self.endpoint_answer is not None and self.endpoint_answer.absent:
            return Hearing(False, f"leads to {self.reaches} that does not exist ({self.endpoint})")
        if self.attributes.absent:
            return Hearing(False, "was removed")
        if self.attributes.gap is not None:
            return Hearing(None, f"may have a filter policy: {self.attributes.gap.reason}")
        attributes = member(self.attributes, "Attributes")
        if attributes is None:
            return Hearing(None, "does not tell its attributes")
        heard = hears(attributes, message)
        if heard is False:
            return Hearing(False, "has a filter policy that drops the message")
        if heard is None:
            return Hearing(
                None, "has a filter policy of which it cannot be told whether it lets the alarm's message through"
            )
        if self.endpoint_answer is not None and self.endpoint_answer.gap is not None:
            reason = self.endpoint_answer.gap.reason
            return Hearing(None, f"leads to {self.reaches} that may not exist: {reason}")
        return Hearing(True)


def subscribers(snapshot: Snapshot, account: str, region: str, listed: Answer) -> tuple[Subscriber, ...]:
    """The subscriptions that an answer of ``ListSubscriptionsByTopic`` lists, in its order."""
    return tuple(_subscriber(snapshot, account, region, item) for _, item in mappings(listed, "Subscriptions"))


def _subscriber(snapshot: Snapshot, account: str, region: str, item: Mapping[str, Any]) -> Subscriber:
    arn, protocol, endpoint = (str(item.get(name) or "") for name in ("SubscriptionArn", "Protocol", "Endpoint"))
    attributes = snapshot.ask(account, region, "sns.GetSubscriptionAttributes", {"SubscriptionArn": arn})
    return Subscriber(
        arn=arn,
        protocol=protocol,
        endpoint=endpoint,
        confirmed=parse_arn(arn) is not None,
        attributes=attributes,
        endpoint_answer=_endpoint(snapshot, account, protocol, endpoint),
    )


def _endpoint(snapshot: Snapshot, account: str, protocol: str, endpoint: str) -> Answer | None:
    """What AWS says of an endpoint of this account; None for others, which another account's calls would tell."""
    arn = parse_arn(endpoint)
    if protocol not in ENDPOINT_CALLS or arn is None or arn.account != account:
        return None
    operation, argument = ENDPOINT_CALLS[protocol]
    return snapshot.ask(account, arn.region, operation, {argument: endpoint_name(protocol, endpoint)})


def endpoint_name(protocol: str, endpoint: str) -> str:
    """What the lookup of an endpoint calls it: a function by its ARN, a queue or stream by its name."""
    if protocol == "lambda":
        return endpoint
    return endpoint.rpartition("/")[2] if protocol == "firehose" else endpoint.rpartition(":")[2]
