"""The file of declared routes: what it says, and every way in which it can be wrong, with its place."""

from datetime import date
from pathlib import Path

import pytest

from scanner.content.stated.declared_routes import read_declared_routes
from scanner.errors import ContentError
from scanner.model import (
    Attestation,
    ByBucketNotification,
    ByDeliveryStream,
    ByEventRule,
    BySubscriptionFilter,
    ByTopicSubscription,
    DeclaredRoute,
    Through,
)

GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:audit/cloudtrail"
DESTINATION = "arn:aws:logs:eu-west-1:999988887777:destination:siem"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:q"
RULE = "arn:aws:events:eu-west-1:111122223333:rule/x"
THROUGH = f"subscription_filter: {{log_group: '{GROUP}', name: to-siem}}"
SOUND = """\
# yaml-language-server: $schema=declared-routes.schema.json
declared_routes:
  - id: siem
    watched_by: the security operations team
    events: all
    through:
      {through}
    attestation:
      owner: {{person: Jane Doe, team: Security operations}}
      proof: {{document: "Runbook 7", ticket: SEC-12}}
      reviewed: 2026-05-04
      expires: 2027-05-04
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "routes.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def sound(through: str = THROUGH) -> str:
    return SOUND.format(through=through)


def mistakes(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ContentError) as caught:
        read_declared_routes(write(tmp_path, text))
    return tuple(problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems)


def test_what_a_file_says(tmp_path: Path) -> None:
    found = read_declared_routes(write(tmp_path, sound()))
    proof = (("document", "Runbook 7"), ("ticket", "SEC-12"))
    word = Attestation("Jane Doe", "Security operations", proof, date(2026, 5, 4), date(2027, 5, 4))
    through = BySubscriptionFilter(GROUP, "to-siem")
    assert found.routes == (DeclaredRoute("siem", "the security operations team", "", through, word),)
    assert found.text == sound()
    assert (word.owner, word.proofs) == (
        "Jane Doe (Security operations)",
        "document Runbook 7 and ticket SEC-12",
    )


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        (f"subscription_filter: {{log_group: '{GROUP}:*', name: to-siem}}", BySubscriptionFilter(GROUP, "to-siem")),
        (
            f"subscription_filter: {{log_group: '{GROUP}', name: a, destination: '{DESTINATION}'}}",
            BySubscriptionFilter(GROUP, "a", DESTINATION),
        ),
        (
            "firehose: arn:aws:firehose:eu-west-1:111122223333:deliverystream/siem",
            ByDeliveryStream("arn:aws:firehose:eu-west-1:111122223333:deliverystream/siem"),
        ),
        (
            "bucket_notification: {bucket: logs, destination: 'arn:aws:sqs:eu-west-1:111122223333:files'}",
            ByBucketNotification("logs", "arn:aws:sqs:eu-west-1:111122223333:files"),
        ),
        (
            f"event_rule: {{rule: '{RULE}', target: '{QUEUE}'}}",
            ByEventRule(RULE, QUEUE),
        ),
        (
            "topic_subscription: {topic: 'arn:aws:sns:eu-west-1:111122223333:alerts', endpoint: 'https://a.example.com'}",
            ByTopicSubscription("arn:aws:sns:eu-west-1:111122223333:alerts", "https://a.example.com"),
        ),
    ],
)
def test_what_a_route_leads_through(tmp_path: Path, through: str, expected: Through) -> None:
    assert read_declared_routes(write(tmp_path, sound(through))).routes[0].through == expected


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("watched_by:", "watched:", "routes.yaml:4:5: the key 'watched' is not known here. Did you mean 'watched_by'?"),
        (
            "id: siem",
            "id: The SIEM",
            "routes.yaml:3:9: declared_routes[0].id must be small letters, digits and hyphens",
        ),
        (
            "events: all",
            "events: everything",
            "routes.yaml:5:13: events: must be all, or a pattern over JSON events, written in { }",
        ),
        ("events: all", "events: '{ $.a = }'", "routes.yaml:5:22: events: "),
        (
            "events: all",
            "events: '{ ($.a = b) && ($.a = c) }'",
            "routes.yaml:5:13: events: no event can match this pattern",
        ),
        (THROUGH, "carrier_pigeon: {}", "routes.yaml:7:7: the key 'carrier_pigeon' is not known here."),
        (THROUGH, "{}", "must hold exactly one of the keys"),
        (
            THROUGH,
            f"{THROUGH}\n      firehose: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/s'",
            "exactly one of the keys",
        ),
        (GROUP, "arn:aws:s3:::audit", "log_group must be the ARN of a log group, not 'arn:aws:s3:::audit'"),
        (GROUP, "audit", "must be an ARN, not 'audit'"),
        (
            THROUGH,
            "firehose: arn:aws:kinesis:eu-west-1:111122223333:stream/s",
            "firehose must be the ARN of a Firehose stream",
        ),
        (
            THROUGH,
            f"event_rule: {{rule: 'arn:aws:events:eu-west-1:111122223333:rule/bus/x', target: '{QUEUE}'}}",
            "rule must be on the default event bus, where AWS services send their events",
        ),
        (
            THROUGH,
            f"bucket_notification: {{bucket: logs, destination: '{GROUP}'}}",
            "destination must be the ARN of a queue, a topic or a function",
        ),
        ("owner: {person: Jane Doe, team: Security operations}", "owner: {}", "must name a person, a team or both"),
        (
            'proof: {document: "Runbook 7", ticket: SEC-12}',
            "proof: {}",
            "must give a document, a ticket, a sha256 or a date",
        ),
        ("ticket: SEC-12", "sha256: abc", "must be a SHA-256 of 64 hexadecimal digits in small letters"),
        ("ticket: SEC-12", "date: 2026-02-30", "proof.date: there is no such day"),
        ("reviewed: 2026-05-04", "reviewed: 2026-13-04", "routes.yaml:11:17: reviewed: there is no such day"),
        ("reviewed: 2026-05-04", "reviewed: May 2026", "must be a date such as 2026-03-31"),
        ("expires: 2027-05-04", "expires: 2026-05-03", "routes.yaml:12:16: expires is before the day of the review"),
        ("expires: 2027-05-04", "expires: 2027-05-06", "expires is more than 366 days after the review"),
        ("      expires: 2027-05-04\n", "", "lacks the key 'expires'"),
        ("id: siem", "id: &a !!python/object:os.system siem", "the tag"),
    ],
)
def test_every_mistake_has_its_place(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in sound()
    assert complaint in "\n".join(mistakes(tmp_path, sound().replace(old, new)))


def test_the_same_id_twice(tmp_path: Path) -> None:
    again = sound() + sound().partition("declared_routes:\n")[2]
    assert mistakes(tmp_path, again) == ("routes.yaml:13:9: the route siem is here a second time; first in line 3",)


@pytest.mark.parametrize("text", ["", "[]", "declared_routes: []", "a: &a [*a]", "a: &a [1]\nb: [*a, *a]"])
def test_what_is_no_such_file(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


def test_aliases_that_expand_without_end_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than" in mistakes(tmp_path, "\n".join(lines))[0]


def test_what_is_no_topic_is_refused(tmp_path: Path) -> None:
    queue = "topic_subscription: {topic: 'arn:aws:sqs:eu-west-1:111122223333:a', endpoint: 'https://a.example.com'}"
    with pytest.raises(ContentError) as caught:
        read_declared_routes(write(tmp_path, sound(queue)))
    assert "topic must be the ARN of an SNS topic" in str(caught.value.problems)
