"""The places that EventBridge rules send to, as things that calls are made for: functions, queues, streams and more.

Each is asked about in the account that owns it, by its name.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import EVENT_RULES, TARGET_LISTING, rule_targets
from scanner.audit_path.eventbridge.log_groups import about_log_groups
from scanner.audit_path.eventbridge.notified import about_notifications, managed_rules
from scanner.audit_path.eventbridge.started import about_started
from scanner.audit_path.members import text_member
from scanner.audit_path.places import about_keys, named_key
from scanner.facts.uses import Look, Thing, Things, Use

STREAM, DATA_STREAM = "firehose.DescribeDeliveryStream", "kinesis.DescribeStreamSummary"
FUNCTION_POLICY, FUNCTION_CONCURRENCY = "lambda.GetPolicy", "lambda.GetFunctionConcurrency"
QUEUE_URL, QUEUE_ATTRIBUTES = "sqs.GetQueueUrl", "sqs.GetQueueAttributes"

TASK = "ecs.DescribeTaskDefinition"

QUEUE_MEMBERS = ["QueueArn", "Policy", "KmsMasterKeyId"]
"""The attributes of a queue that are asked for."""

_NAMED = {"firehose": "deliverystream/", "kinesis": "stream/", "lambda": "function:", "sqs": ""}
"""How the ARNs of places begin, behind which their name comes, by their service."""


def about_places(rules: Things, listing: Use, *, with_keys: bool = True) -> tuple[Use, ...]:
    """The calls about the places that rules send to, of which ``listing`` lists the targets, and about their keys."""
    named_by = (*rules.named_by, listing)
    streams, data_streams, functions, queues = (
        Things(f"{rules.name}-target-{name}", partial(_places, rules=rules, service=service), named_by)
        for name, service in (
            ("stream", "firehose"),
            ("data-stream", "kinesis"),
            ("function", "lambda"),
            ("queue", "sqs"),
        )
    )
    url, shards = Use(QUEUE_URL, per=queues), Use(DATA_STREAM, per=data_streams)
    urls = Things(f"{rules.name}-target-queue-url", partial(_queue_urls, queues=queues), (*named_by, url))
    attributes = Use(QUEUE_ATTRIBUTES, per=urls)
    stream_keys = Things(
        f"{rules.name}-target-stream-key", partial(_stream_keys, streams=data_streams), (*named_by, shards)
    )
    named_so = (*named_by, url, attributes)
    queue_keys = Things(f"{rules.name}-target-queue-key", partial(_queue_keys, urls=urls), named_so)
    by_id = Things(f"{rules.name}-target-queue-key-id", partial(_by_id, keys=queue_keys), named_so)
    about = (*about_keys(stream_keys), Use("kms.DescribeKey", per=queue_keys), Use("kms.GetKeyPolicy", per=by_id))
    return (
        Use(STREAM, per=streams),
        shards,
        Use(FUNCTION_CONCURRENCY, per=functions),
        Use(FUNCTION_POLICY, per=functions),
        url,
        attributes,
        *(about if with_keys else ()),
        *about_started(f"{rules.name}-target", partial(_targets, rules=rules), named_by),
        *about_notifications(rules.name, partial(_managed, rules=rules), rules.named_by),
        Use(TASK, per=Things(f"{rules.name}-target-task", partial(_tasks, rules=rules), named_by)),
        *about_log_groups(f"{rules.name}-target", partial(_targets, rules=rules), named_by),
    )


def _managed(look: Look, rules: Things) -> Iterator[str]:
    yield from managed_rules(look, look.each(rules))


def _targets(look: Look, rules: Things) -> Iterator[tuple[str, Arn]]:
    """What rules send to, each with the Region of its rule."""
    for rule, target in rule_targets(look, rules):
        arn = parse_arn(text_member(target, "Arn"))
        if arn is not None:
            yield rule.region, arn


def task_definition(target: Any) -> str:
    """The ARN of the task definition that a target on a cluster of ECS starts; "" without one."""
    return text_member(target.get("EcsParameters") if isinstance(target, Mapping) else None, "TaskDefinitionArn")


def _tasks(look: Look, rules: Things) -> Iterator[Thing]:
    for _, target in rule_targets(look, rules):
        arn = parse_arn(task_definition(target))
        if arn is not None and arn.service == "ecs" and arn.account == look.account:
            yield Thing(arn.region, {"task": str(arn)})


def about_dead_letters(rules: Things, listing: Use) -> tuple[Use, ...]:
    """The calls about the queues that take what could not be delivered to the targets of rules."""
    named_by = (*rules.named_by, listing)
    queues = Things(f"{rules.name}-dead-letter-queue", partial(_dead_letter_queues, rules=rules), named_by)
    url = Use(QUEUE_URL, per=queues)
    urls = Things(f"{rules.name}-dead-letter-queue-url", partial(_queue_urls, queues=queues), (*named_by, url))
    return url, Use(QUEUE_ATTRIBUTES, per=urls)


def _dead_letter_queues(look: Look, rules: Things) -> Iterator[Thing]:
    for _, target in rule_targets(look, rules):
        arn = parse_arn(dead_letter_queue(target))
        if arn is not None and arn.service == "sqs" and arn.account == look.account:
            yield Thing(arn.region, {"endpoint": arn.resource})


def dead_letter_queue(target: Any) -> str:
    """The ARN of the queue that takes what could not be delivered to a target; "" without one."""
    return text_member(target.get("DeadLetterConfig") if isinstance(target, Mapping) else None, "Arn")


def _places(look: Look, rules: Things, service: str) -> Iterator[Thing]:
    """Those of a service, of accounts that are looked at: asked by its name, a place is one of who asks."""
    for _, arn in _targets(look, rules):
        if arn.service == service and (arn.account == look.account or arn.account in look.others):
            kind = _NAMED[service]
            if name := arn.named(kind) if kind else arn.resource:
                yield Thing(arn.region, {"endpoint": name}, owner=arn.account)


def _queue_urls(look: Look, queues: Things) -> Iterator[Thing]:
    for queue in look.each(queues):
        answer = look.snapshot.ask(look.account, queue.region, QUEUE_URL, {"QueueName": queue.facts["endpoint"]})
        if url := text_member(answer.first, "QueueUrl"):
            yield Thing(queue.region, {"queue": url})


def _queue_keys(look: Look, urls: Things) -> Iterator[Thing]:
    for thing in look.each(urls):
        asked = {"QueueUrl": thing.facts["queue"], "AttributeNames": QUEUE_MEMBERS}
        answer = look.snapshot.ask(look.account, thing.region, QUEUE_ATTRIBUTES, asked)
        yield from named_key(text_member(answer.first.get("Attributes"), "KmsMasterKeyId"), thing.region)


def _by_id(look: Look, keys: Things) -> Iterator[Thing]:
    """The keys that are named by their id or ARN: to ask what an alias is for would take one more round of calls."""
    return (thing for thing in look.each(keys) if "alias/" not in thing.facts["key"])


def _stream_keys(look: Look, streams: Things) -> Iterator[Thing]:
    for thing in look.each(streams):
        answer = look.snapshot.ask(look.account, thing.region, DATA_STREAM, {"StreamName": thing.facts["endpoint"]})
        yield from named_key(text_member(answer.first.get("StreamDescriptionSummary"), "KeyId"), thing.region)


ABOUT_PLACES = about_places(EVENT_RULES, TARGET_LISTING)
ABOUT_DEAD_LETTERS = about_dead_letters(EVENT_RULES, TARGET_LISTING)
