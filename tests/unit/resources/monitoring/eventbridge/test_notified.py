"""Where AWS User Notifications leads: its configuration, its channels, and what keeps them from telling anybody."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.arns import parse_arn
from scanner.model import GapKind, Outcome
from scanner.resources.monitoring.eventbridge.notified import notified
from scanner.resources.monitoring.eventbridge.target_facts import is_dead
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT = "111122223333"
RULE = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/AWSUserNotificationsManagedRule-1"
OTHER, AUDIT = (f"arn:aws:notifications::{ACCOUNT}:configuration/{each * 27}" for each in "ba")
CONTACT = f"arn:aws:notifications-contacts::{ACCOUNT}:emailcontact/{'c' * 27}"
CHAT = f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/slack-channel/audit"
DEVICE = f"arn:aws:consoleapp::{ACCOUNT}:device/d"
MADE = "2026-11-20T06:00:00Z"
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
GONE = CallError("absent", "ResourceNotFoundException", "no")
HUB = {"Id": "1", "Arn": f"arn:aws:internal:eu-west-1:{ACCOUNT}:hub"}

CONFIGURATIONS = "notifications.ListNotificationConfigurations"
EVENT_RULES = "notifications.ListEventRules"
CHANNELS = "notifications.ListChannels"
EMAIL = "notificationscontacts.GetEmailContact"
SLACK = "chatbot.DescribeSlackChannelConfigurations"


def configuration(arn: str, name: str, **more: str) -> dict[str, Any]:
    return {"arn": arn, "name": name, "description": "", "status": "ACTIVE", "creationTime": MADE, **more}


def event_rules(arn: str, managed: str, status: str = "ACTIVE") -> dict[str, Any]:
    made = {"arn": f"{arn}/rule/{'r' * 27}", "notificationConfigurationArn": arn, "creationTime": MADE}
    heard = {"source": "aws.cloudtrail", "eventType": "t", "eventPattern": "", "regions": ["eu-west-1"]}
    told = {"managedRules": [managed], "statusSummaryByRegion": {"eu-west-1": {"status": status, "reason": ""}}}
    return {"eventRules": [{**made, **heard, **told}]}


def contact(status: str = "active") -> dict[str, Any]:
    made = {"arn": CONTACT, "name": "", "address": "", "status": status}
    return {"emailContact": {**made, "creationTime": MADE, "updateTime": MADE}}


def channel(state: str = "ENABLED") -> dict[str, Any]:
    named = dict.fromkeys(("SlackTeamName", "SlackTeamId", "SlackChannelId", "SlackChannelName"), "x")
    made = {"ChatConfigurationArn": CHAT, "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/chat", "SnsTopicArns": []}
    return {"SlackChannelConfigurations": [{**named, **made, "State": state}]}


def world(*channels: str, **changes: Any) -> tuple[tuple[Any, ...], ...]:
    """The answers about a rule that is managed for a configuration with these channels; ``changes`` by API."""
    asked = {"notificationConfigurationArn": AUDIT}
    answers: dict[str, tuple[str, dict[str, Any], Any]] = {
        CONFIGURATIONS: (
            "us-east-1",
            {},
            {"notificationConfigurations": [configuration(OTHER, "other"), configuration(AUDIT, "audit")]},
        ),
        EVENT_RULES: ("us-east-1", asked, event_rules(AUDIT, RULE)),
        CHANNELS: ("us-east-1", asked, {"channels": list(channels)}),
        EMAIL: ("us-east-1", {"arn": CONTACT}, contact()),
        SLACK: ("us-east-2", {}, channel()),
        "chatbot.ListMicrosoftTeamsChannelConfigurations": ("us-east-2", {}, {"TeamChannelConfigurations": []}),
        "chatbot.DescribeChimeWebhookConfigurations": ("us-east-2", {}, {"WebhookConfigurations": []}),
    }
    by_api = {name.partition(".")[2]: name for name in answers}
    for api, answer in changes.items():
        region, arguments, _ = answers[by_api[api]]
        answers[by_api[api]] = region, arguments, answer
    told = [(region, name, arguments, answer) for name, (region, arguments, answer) in answers.items()]
    other = ("us-east-1", EVENT_RULES, {"notificationConfigurationArn": OTHER}, event_rules(OTHER, f"{RULE}2"))
    return (*told, other)


@pytest.mark.parametrize(
    ("calls", "verdict", "told"),
    [
        (world(CONTACT), Outcome.PASS, "notification configuration audit is active and delivers to an e-mail contact"),
        (world(CHAT, DEVICE), Outcome.PASS, "delivers to chat channel audit, a device with the AWS Console Mobile"),
        (world(), Outcome.PASS, "has no delivery channel: it only tells whoever looks at the console"),
        (
            world(
                CONTACT,
                ListNotificationConfigurations={
                    "notificationConfigurations": [configuration(AUDIT, "audit", aggregationDuration="LONG")]
                },
            ),
            Outcome.PASS,
            "an e-mail contact, gathered for up to 12 hours",
        ),
        (world(CONTACT, CHAT, GetEmailContact=contact("inactive")), Outcome.PASS, "delivers to chat channel audit"),
        (
            world(CONTACT, GetEmailContact=contact("inactive")),
            Outcome.FAIL,
            f"delivers to an e-mail contact that was not activated ({CONTACT})",
        ),
        (world(CONTACT, GetEmailContact=GONE), Outcome.FAIL, f"an e-mail contact that does not exist ({CONTACT})"),
        (
            world(CONTACT, GetEmailContact=DENIED),
            Outcome.UNKNOWN,
            "an e-mail contact that may not be active: notificationscontacts.GetEmailContact was denied",
        ),
        (
            world(CHAT, DescribeSlackChannelConfigurations=channel("DISABLED")),
            Outcome.FAIL,
            "delivers to chat channel audit, which is disabled",
        ),
        (
            world(CHAT, DescribeSlackChannelConfigurations={"SlackChannelConfigurations": []}),
            Outcome.FAIL,
            "delivers to chat channel audit, which does not exist",
        ),
        (
            world(CHAT, DescribeSlackChannelConfigurations=DENIED),
            Outcome.UNKNOWN,
            "chat channel audit, of which it is not known whether it exists: chatbot.DescribeSlackChannel",
        ),
        (
            world("arn:aws:new::111122223333:channel/x"),
            Outcome.UNKNOWN,
            "a channel of a kind that is not known here (arn:aws:new::111122223333:channel/x)",
        ),
        (world(CONTACT, ListChannels=DENIED), Outcome.UNKNOWN, "the delivery channels of notification configuration"),
        (world(CONTACT, ListChannels=GONE), Outcome.FAIL, "configuration audit does not exist any more"),
        (
            world(CONTACT, ListEventRules=event_rules(AUDIT, RULE, "INACTIVE")),
            Outcome.UNKNOWN,
            "audit may be unable to take its events: its event rule is INACTIVE in eu-west-1",
        ),
        (
            world(CONTACT, ListEventRules=event_rules(AUDIT, RULE, "CREATING")),
            Outcome.UNKNOWN,
            "audit is on its way to another state: its event rule is CREATING in eu-west-1",
        ),
        (
            world(CONTACT, ListEventRules=event_rules(AUDIT, RULE, "DELETING")),
            Outcome.FAIL,
            "notification configuration audit is being deleted",
        ),
        (
            world(CONTACT, ListEventRules=event_rules(AUDIT, f"{RULE}3")),
            Outcome.UNKNOWN,
            "which notification configuration the rule belongs to is not known: none that is listed names it",
        ),
        (world(CONTACT, ListEventRules=DENIED), Outcome.UNKNOWN, "not known: notifications.ListEventRules was denied"),
        (
            world(CONTACT, ListNotificationConfigurations=DENIED),
            Outcome.UNKNOWN,
            "not known: notifications.ListNotificationConfigurations was denied",
        ),
    ],
)
def test_where_it_leads(
    calls: tuple[Any, ...], verdict: Outcome, told: str, make_snapshot: Callable[..., Snapshot]
) -> None:
    rule = parse_arn(RULE)
    assert rule is not None
    snapshot = make_snapshot(*calls)
    found = notified(snapshot, ACCOUNT, rule)
    assert found.verdict is verdict, found.reason
    assert told in found.reason
    assert found.answers
    dead = {Outcome.FAIL: True, Outcome.PASS: False, Outcome.UNKNOWN: None}[verdict]
    assert is_dead(snapshot, RULE, ACCOUNT, HUB, "notifications.amazonaws.com")[0] is dead
    assert is_dead(snapshot, RULE, ACCOUNT, HUB)[0] is None
