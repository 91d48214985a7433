"""Routes that a user declares: events leave AWS's alarms for a place of the user's own, such as a SIEM.

What AWS knows of such a route is judged. That somebody looks at what arrives there, nobody but the user can tell: an
attestation says so, with an owner, proof and an end.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who answers for a declared route: a person, a team or both ("" where one is not named).

    ``proof`` are kinds of proof (``document``, ``ticket``, ``sha256``, ``date``) with what the user gives under each;
    it is cited and not read. ``reviewed`` and ``expires`` are the first and the last day on which it counts.
    """

    person: str
    team: str
    proof: tuple[tuple[str, str], ...]
    reviewed: date
    expires: date

    @property
    def owner(self) -> str:
        """Who answers for it, in a sentence: "Jane Doe (Security operations)"."""
        return f"{self.person} ({self.team})" if self.person and self.team else self.person or self.team

    def counts(self, day: date) -> bool:
        """Whether it counts on a day."""
        return self.reviewed <= day <= self.expires

    @property
    def proofs(self) -> str:
        """The proof in a sentence: "ticket SEC-12 and document Runbook 7"."""
        told = [f"{_PROOFS[kind]} {given}" for kind, given in self.proof]
        return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else "".join(told)


_PROOFS = {"document": "document", "ticket": "ticket", "sha256": "a document with SHA-256", "date": "a record of"}


@dataclass(frozen=True, slots=True)
class BySubscriptionFilter:
    """Through a subscription filter of a log group (its ARN without ``:*``).

    ``destination`` is the ARN that the filter must send to ("": whichever it sends to).
    """

    log_group: str
    name: str
    destination: str = ""

    def __str__(self) -> str:
        to = f" to {self.destination}" if self.destination else ""
        return f"subscription filter {self.name} of {self.log_group}{to}"


@dataclass(frozen=True, slots=True)
class ByBucketNotification:
    """Through the event notifications of a trail's bucket to a function, queue or topic (its ARN)."""

    bucket: str
    destination: str

    def __str__(self) -> str:
        return f"notifications of bucket {self.bucket} to {self.destination}"


@dataclass(frozen=True, slots=True)
class ByEventRule:
    """Through an EventBridge rule (its ARN) to one of its targets (its ARN)."""

    rule: str
    target: str

    def __str__(self) -> str:
        return f"{self.rule} to {self.target}"


@dataclass(frozen=True, slots=True)
class ByDeliveryStream:
    """Through whatever feeds a Firehose stream (its ARN): subscription filters and EventBridge rules."""

    stream: str

    def __str__(self) -> str:
        return self.stream


@dataclass(frozen=True, slots=True)
class ByTopicSubscription:
    """Through an SNS topic (its ARN) that alarms or EventBridge rules notify, to an endpoint subscribed to it.

    ``endpoint`` is the URL or the ARN, as the subscription names it.
    """

    topic: str
    endpoint: str

    def __str__(self) -> str:
        return f"{self.topic} to {self.endpoint}"


Through = BySubscriptionFilter | ByBucketNotification | ByEventRule | ByDeliveryStream | ByTopicSubscription


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route that a user declares.

    ``watched_by`` is who looks at what arrives, as a noun ("the SIEM team"). ``events`` is a filter pattern that says
    for which events it is declared ("": for all that travel it).
    """

    id: str
    watched_by: str
    events: str
    through: Through
    attestation: Attestation


@dataclass(frozen=True, slots=True)
class DeclaredRoutes:
    """The routes of one file; ``text`` is the file as read."""

    routes: tuple[DeclaredRoute, ...]
    text: str = field(repr=False)
