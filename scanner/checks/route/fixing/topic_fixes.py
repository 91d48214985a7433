"""Repairs of the last two links: a topic to which alarms can publish, and somebody who has confirmed a subscription.

Sources: AWS CLI Command Reference, ``sns`` and ``kms``; CloudWatch User Guide, "Amazon SNS notifications"; Amazon SNS
Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.checks.route.fixing.commands import Command, command, statement_for_alarms, subscribe, with_statement
from scanner.checks.route.fixing.trail_fixes import Repair
from scanner.facts.rows import Row

NEW_TOPIC = "audit-alerts"
"""Name of a topic that is made where no sound one is known."""

_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey*"]


def new_topic(place: Arn) -> tuple[str, tuple[Command, ...]]:
    """The ARN of a topic in the Region and account of ``place``, and what makes it and asks somebody to subscribe."""
    arn = str(replace(place, service="sns", resource=NEW_TOPIC))
    return arn, (command("sns", "create-topic", name=NEW_TOPIC, region=place.region), subscribe(arn, place.region))


def heard(arn: str) -> Repair:
    """A topic that nobody hears."""
    topic = parse_arn(arn)
    name, region = (topic.resource, topic.region) if topic else (arn, "")
    text = f"Subscribe somebody to topic {name} (replace ADDRESS), and have the subscription confirmed"
    return text, (subscribe(arn, region),)


def undenied(arn: str) -> Repair:
    """A topic whose data protection policy denies the message; only its author knows what else it is for."""
    topic = parse_arn(arn)
    name = topic.resource if topic else arn
    return f"Keep the data protection policy of topic {name} from denying the messages of alarms", ()


def publishable(arn: str, row: Row | None, account: str, *, by_key: bool) -> Repair:
    """A topic that exists and to which alarms cannot publish; ``by_key`` says that its encryption is the reason."""
    topic = parse_arn(arn)
    name, region = (topic.resource, topic.region) if topic else (arn, "")
    data: Mapping[str, Any] = row.data if row is not None else {}
    if by_key:
        return _with_key(arn, name, region, data, account)
    policy = with_statement(data.get("Policy"), statement_for_alarms("SNS:Publish", arn, account))
    put = command(
        "sns", "set-topic-attributes", topic_arn=arn, attribute_name="Policy", attribute_value=policy, region=region
    )
    return (
        f"Allow CloudWatch to publish to topic {name}; also remove any Deny in its policy that applies to CloudWatch",
        (put,),
    )


def _with_key(arn: str, name: str, region: str, data: Mapping[str, Any], account: str) -> Repair:
    key = data.get("KmsKey")
    if not isinstance(key, Mapping) or key.get("KeyManager") != "CUSTOMER" or not isinstance(key.get("Arn"), str):
        put = command(
            "sns",
            "set-topic-attributes",
            topic_arn=arn,
            attribute_name="KmsMasterKeyId",
            attribute_value="KEY-ARN",
            region=region,
        )
        text = (
            f"Encrypt topic {name} with a customer managed key, KEY-ARN, "
            f"whose policy lets CloudWatch use {' and '.join(_KEY_ACTIONS)}"
        )
        return text, (put,)
    key_arn = str(key["Arn"])
    enable = command("kms", "enable-key", key_id=key_arn, region=region)
    if key.get("KeyState") == "PendingDeletion":
        cancel = command("kms", "cancel-key-deletion", key_id=key_arn, region=region)
        return f"Cancel the deletion of the key of topic {name}, and enable the key", (cancel, enable)
    if key.get("KeyState") == "Disabled":
        return f"Enable the key of topic {name}", (enable,)
    policy = data.get("KmsKeyPolicy")
    if not isinstance(policy, Mapping):
        return (
            f"Allow CloudWatch to use {' and '.join(_KEY_ACTIONS)} in the policy of the key of topic {name}: {key_arn}",
            (),
        )
    put = command(
        "kms", "put-key-policy", key_id=key_arn, policy_name="default",
        policy=with_statement(policy, statement_for_alarms(_KEY_ACTIONS, "*", account)), region=region,
    )  # fmt: skip
    text = f"Allow CloudWatch to use the key of topic {name}"
    return f"{text}; also remove any Deny in its policy that applies to CloudWatch", (put,)
