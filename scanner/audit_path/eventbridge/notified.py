"""AWS User Notifications behind the EventBridge rules that it manages, as things that calls are made for.

It is asked in one Region, whichever the rules are in, and so is Amazon Q Developer in chat applications (AWS Chatbot),
which keeps its configurations in each of its Regions. Sources: User Notifications API reference, "Welcome" and
``EventRuleStructure`` (``managedRules``); AWS Chatbot API reference, "Welcome".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import RULE_LISTING
from scanner.audit_path.members import list_member, text_member
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.snapshot.answers import Snapshot

NOTIFICATIONS = "notifications.amazonaws.com"
"""What manages rules of AWS User Notifications. Source: its User Guide, "Amazon EventBridge managed rules"."""

NOTIFICATIONS_REGION, CHAT_REGION = "us-east-1", "us-east-2"

CONFIGURATIONS, EVENT_RULES_OF = "notifications.ListNotificationConfigurations", "notifications.ListEventRules"
CHANNELS, EMAIL_CONTACT = "notifications.ListChannels", "notificationscontacts.GetEmailContact"
CHAT_LISTINGS: Mapping[str, str] = {
    "chatbot.DescribeSlackChannelConfigurations": "SlackChannelConfigurations",
    "chatbot.ListMicrosoftTeamsChannelConfigurations": "TeamChannelConfigurations",
    "chatbot.DescribeChimeWebhookConfigurations": "WebhookConfigurations",
}
"""The listings of chat channels, with the member that lists them."""

Managed = Callable[[Look], Iterable[str]]
"""Finds the ARNs of rules that AWS User Notifications manages."""


def about_notifications(name: str, managed: Managed, named_by: tuple[Use, ...]) -> tuple[Use, ...]:
    """The calls about where rules that AWS User Notifications manages lead: none where there is no such rule."""
    asked = Things(f"{name}-notifying", partial(_notifying, managed=managed), named_by)
    listing = Use(CONFIGURATIONS, per=asked)
    every = Things(f"{name}-notification", partial(_configurations, asked=asked), (*named_by, listing))
    rules = Use(EVENT_RULES_OF, per=every)
    behind = (*named_by, listing, rules)
    chosen = Things(f"{name}-notification-behind", partial(_behind, every=every, managed=managed), behind)
    channels = Use(CHANNELS, per=chosen)
    contacts = Things(f"{name}-email-contact", partial(_contacts, chosen=chosen), (*behind, channels))
    chats = Things(f"{name}-chat", partial(_chats, chosen=chosen), (*behind, channels))
    told = (Use(operation, per=chats) for operation in CHAT_LISTINGS)
    return (listing, rules, channels, Use(EMAIL_CONTACT, per=contacts), *told)


def managed_rules(look: Look, rules: Iterable[Thing]) -> Iterator[str]:
    """The ARNs of those of the rules that AWS User Notifications manages."""
    for rule in rules:
        answer = look.snapshot.ask(look.account, rule.region, RULE_LISTING.operation, rule.besides)
        for _, listed in answer.items("Rules"):
            if text_member(listed, "Name") == rule.facts["rule"] and text_member(listed, "ManagedBy") == NOTIFICATIONS:
                yield text_member(listed, "Arn")


def behind(snapshot: Snapshot, account: str, configuration: str, rules: Iterable[str]) -> Mapping[str, Any] | None:
    """The event rule of a notification configuration that one of the managed rules is made for; None without one."""
    asked = {"notificationConfigurationArn": configuration}
    wanted = frozenset(rules)
    for _, listed in snapshot.ask(account, NOTIFICATIONS_REGION, EVENT_RULES_OF, asked).items("eventRules"):
        if wanted & {each for each in list_member(listed, "managedRules") if isinstance(each, str)}:
            found: Mapping[str, Any] = listed
            return found
    return None


def _notifying(look: Look, managed: Managed) -> Iterator[Thing]:
    if any(managed(look)):
        yield Thing(NOTIFICATIONS_REGION)


def _configurations(look: Look, asked: Things) -> Iterator[Thing]:
    for each in look.each(asked):
        answer = look.snapshot.ask(look.account, each.region, CONFIGURATIONS)
        for _, listed in answer.items("notificationConfigurations"):
            if arn := text_member(listed, "arn"):
                yield Thing(each.region, {"notification": arn})


def _behind(look: Look, every: Things, managed: Managed) -> Iterator[Thing]:
    rules = tuple(managed(look))
    for each in look.each(every):
        if behind(look.snapshot, look.account, each.facts["notification"], rules) is not None:
            yield each


def _channels(look: Look, chosen: Things) -> Iterator[Arn]:
    for each in look.each(chosen):
        asked = {"notificationConfigurationArn": each.facts["notification"]}
        for _, listed in look.snapshot.ask(look.account, each.region, CHANNELS, asked).items("channels"):
            arn = parse_arn(listed)
            if arn is not None:
                yield arn


def _contacts(look: Look, chosen: Things) -> Iterator[Thing]:
    for arn in _channels(look, chosen):
        if arn.service == "notifications-contacts":
            yield Thing(NOTIFICATIONS_REGION, {"contact": str(arn)})


def _chats(look: Look, chosen: Things) -> Iterator[Thing]:
    if any(arn.service == "chatbot" for arn in _channels(look, chosen)):
        yield Thing(CHAT_REGION)
