"""Whether AWS User Notifications tells anybody of what an EventBridge rule that it manages hears.

Sources: User Notifications API reference, ``EventRuleStructure``, ``EventRuleStatusSummary`` and ``ListChannels``; User
Notifications Contacts API reference, ``EmailContact``; AWS Chatbot API reference, ``SlackChannelConfiguration``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.notified import (
    CHANNELS,
    CHAT_LISTINGS,
    CHAT_REGION,
    CONFIGURATIONS,
    EMAIL_CONTACT,
    EVENT_RULES_OF,
    NOTIFICATIONS_REGION,
    behind,
)
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.model import Outcome
from scanner.resources.monitoring.eventbridge.started import Found
from scanner.snapshot.answers import Answer, Snapshot

_GATHERED: Mapping[str, str] = {"LONG": ", gathered for up to 12 hours", "SHORT": ", gathered for up to 5 minutes"}
"""What an aggregation duration does. Source: its API reference, ``NotificationConfigurationStructure``."""


def notified(snapshot: Snapshot, account: str, rule: Arn) -> Found:
    """Where what a rule hears leads that AWS User Notifications manages for an account."""
    return _Notifying(snapshot, account, rule).found()


class _Notifying:
    """The way from one managed rule to its channels, with the answers that were asked for."""

    def __init__(self, snapshot: Snapshot, account: str, rule: Arn) -> None:
        self._snapshot = snapshot
        self._account = account
        self._rule = rule
        self._asked: list[Answer] = []

    def found(self) -> Found:
        """Whether the notification configuration behind the rule delivers to somebody."""
        verdict, reason = self._decided()
        return Found(verdict, reason, tuple(self._asked))

    def _ask(self, region: str, operation: str, **arguments: Any) -> Answer:
        self._asked.append(self._snapshot.ask(self._account, region, operation, arguments))
        return self._asked[-1]

    def _decided(self) -> tuple[Outcome, str]:
        listing = self._ask(NOTIFICATIONS_REGION, CONFIGURATIONS)
        unknown = "which notification configuration the rule belongs to is not known"
        if listing.gap is not None:
            return Outcome.UNKNOWN, f"{unknown}: {listing.gap.reason}"
        why = "none that is listed names it"
        for _, listed in mappings(listing, "notificationConfigurations"):
            arn = text_member(listed, "arn")
            told = self._ask(NOTIFICATIONS_REGION, EVENT_RULES_OF, notificationConfigurationArn=arn)
            why = told.gap.reason if told.gap is not None else why
            event_rule = behind(self._snapshot, self._account, arn, [str(self._rule)])
            if event_rule is not None:
                return self._configured(listed, event_rule)
        return Outcome.UNKNOWN, f"{unknown}: {why}"

    def _configured(self, listed: Mapping[str, Any], event_rule: Mapping[str, Any]) -> tuple[Outcome, str]:
        """What becomes of an event that a notification configuration hears of."""
        arn, name = text_member(listed, "arn"), f"notification configuration {listed.get('name')}"
        summaries = event_rule.get("statusSummaryByRegion")
        here = summaries.get(self._rule.region) if isinstance(summaries, Mapping) else None
        status = text_member(here, "status")
        if "DELETING" in {status, listed.get("status")}:
            return Outcome.FAIL, f"{name} is being deleted"
        if status != "ACTIVE":
            may = "may be unable to take its events: " if status == "INACTIVE" else "is on its way to another state: "
            return Outcome.UNKNOWN, f"{name} {may}its event rule is {status or 'of no status'} in {self._rule.region}"
        channels = self._ask(NOTIFICATIONS_REGION, CHANNELS, notificationConfigurationArn=arn)
        if channels.gap is not None:
            return Outcome.UNKNOWN, f"the delivery channels of {name} are not known: {channels.gap.reason}"
        if channels.absent:
            return Outcome.FAIL, f"{name} does not exist any more"
        gathered = _GATHERED.get(text_member(listed, "aggregationDuration"), "")
        return self._delivered(f"{name} is active", list(self._channels(channels)), gathered)

    def _delivered(self, opening: str, channels: list[tuple[Outcome, str]], gathered: str) -> tuple[Outcome, str]:
        """The best of the channels: those that take it, else those that may, else why none does."""
        if not channels:
            return Outcome.PASS, f"{opening} and has no delivery channel: it only tells whoever looks at the console"
        best = next(each for each in (Outcome.PASS, Outcome.UNKNOWN, Outcome.FAIL) if each in dict(channels))
        told = ", ".join(dict.fromkeys(reason for verdict, reason in channels if verdict is best))
        return best, f"{opening} and delivers to {told}{gathered if best is Outcome.PASS else ''}"

    def _channels(self, listing: Answer) -> Iterator[tuple[Outcome, str]]:
        """Whether each of the delivery channels that are listed takes what it is sent, and what it is."""
        for _, listed in listing.items("channels"):
            arn = parse_arn(listed)
            service = arn.service if arn is not None else ""
            if arn is not None and service == "chatbot":
                yield self._chat(arn)
            elif arn is not None and service == "notifications-contacts":
                yield self._contact(arn)
            elif service == "consoleapp":
                yield Outcome.PASS, "a device with the AWS Console Mobile Application"
            else:
                yield Outcome.UNKNOWN, f"a channel of a kind that is not known here ({listed})"

    def _contact(self, arn: Arn) -> tuple[Outcome, str]:
        """An e-mail contact: AWS sends to none that was not activated by who reads the mailbox."""
        answer = self._ask(NOTIFICATIONS_REGION, EMAIL_CONTACT, arn=str(arn))
        if answer.gap is not None:
            return Outcome.UNKNOWN, f"an e-mail contact that may not be active: {answer.gap.reason}"
        status = text_member(answer.first.get("emailContact"), "status")
        if answer.absent:
            return Outcome.FAIL, f"an e-mail contact that does not exist ({arn})"
        if status != "active":
            return Outcome.FAIL, f"an e-mail contact that was not activated ({arn})"
        return Outcome.PASS, "an e-mail contact"

    def _chat(self, arn: Arn) -> tuple[Outcome, str]:
        """A chat channel, which is among those that are configured and not disabled for the organization."""
        name = f"chat channel {arn.resource.rpartition('/')[2]}"
        answers = {operation: self._ask(CHAT_REGION, operation) for operation in CHAT_LISTINGS}
        for operation, answer in answers.items():
            for _, listed in mappings(answer, CHAT_LISTINGS[operation]):
                if text_member(listed, "ChatConfigurationArn") == str(arn):
                    disabled = listed.get("State") == "DISABLED"
                    return (Outcome.FAIL, f"{name}, which is disabled") if disabled else (Outcome.PASS, name)
        gap = next((answer.gap for answer in answers.values() if answer.gap is not None), None)
        if gap is not None:
            return Outcome.UNKNOWN, f"{name}, of which it is not known whether it exists: {gap.reason}"
        return Outcome.FAIL, f"{name}, which does not exist"
