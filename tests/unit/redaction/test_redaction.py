"""What is chosen, what takes its place, and what is refused."""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import ContentError, UsageError
from scanner.redaction.choosing import Choice, Kind, chosen, read_choices
from scanner.redaction.pseudonyms import pseudonym
from scanner.redaction.replacing import Replacement
from scanner.redaction.secrets import credential, credential_in

KEY = b"0123456789abcdef"


def values(choice: Choice, answer: Any, operation: str = "sns.ListSubscriptionsByTopic") -> list[str]:
    return [item.value for item in chosen((choice,), operation, {"pages": [answer]})]


def kind(of: Kind) -> Choice:
    return Choice(of.value, of)


def at(*steps: str, call: str = "") -> Choice:
    return Choice("rule", None, ("pages", *steps), call)


def test_emails_of_accounts() -> None:
    answer = {"Accounts": [{"Email": "a@example.com", "Name": "b@example.com"}], "MasterAccountEmail": "c@example.com"}
    assert values(kind(Kind.ACCOUNT_EMAIL), answer) == ["a@example.com", "c@example.com"]


def test_endpoints_of_subscriptions() -> None:
    answer = {
        "Subscriptions": [{"Endpoint": "a@example.com"}, {"Endpoint": "arn:aws:sqs:us-east-1:1:q"}, {"Endpoint": ""}]
    }
    assert values(kind(Kind.SUBSCRIPTION_ENDPOINT), answer) == ["a@example.com"]
    assert values(kind(Kind.SUBSCRIPTION_ENDPOINT), answer, "logs.DescribeLogGroups") == []
    sandbox = {"PhoneNumbers": [{"PhoneNumber": "+15555550100", "Status": "Verified"}]}
    assert values(kind(Kind.SUBSCRIPTION_ENDPOINT), sandbox, "sns.ListSMSSandboxPhoneNumbers") == ["+15555550100"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("203.0.113.7", ["203.0.113.7"]),
        ('{"aws:SourceIp": ["203.0.113.0/24", "2001:db8::1"]}', ["203.0.113.0", "2001:db8::1"]),
        ("arn:aws:s3:::bucket and arn:aws:iam::111122223333:root", []),
        ("2026-11-20T07:00:00Z", []),
        ("version 1.2.3.4.5, 999.1.1.1", []),
        ("0.0.0.0/0, ::/0, 127.0.0.1, ::1", []),
        ("203.0.113.7.", ["203.0.113.7"]),
        ("from 2001:db8::7. and [fe80::1]:443", ["2001:db8::7", "fe80::1"]),
        ("a:" * 100_000 + "g", []),
    ],
)
def test_addresses(text: str, found: list[str]) -> None:
    assert values(kind(Kind.IP_ADDRESS), {"Policy": text}) == found


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (at("*", "A", "*", "N"), ["x", "y"]),
        (at("0", "A", "1", "N"), ["y"]),
        (at("0", "A"), ["x", "y"]),
        (at("7", "A"), []),
        (at("0", "A", "B"), []),
        (at("*", "A", "0", "N", call="sns.Other"), []),
    ],
)
def test_places(choice: Choice, found: list[str]) -> None:
    assert values(choice, {"A": [{"N": "x"}, {"N": "y"}]}) == found


def test_only_text_is_replaced() -> None:
    with pytest.raises(UsageError, match="only text can be replaced"):
        values(at("0", "A"), {"A": 5})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("redact: []", "redact must not be empty"),
        ("redact: [{kind: emails}]", "must be one of 'account-email'"),
        ("redact: [{at: Email}]", "must be a JSON Pointer that begins with /pages"),
        ("redact: [{kind: ip-address, at: /pages/0}]", "exactly one of the keys"),
        ("redact: [{call: sns.X, kind: ip-address}]", "call"),
        ("redact: [{at: /pages/0/A, calls: x}]", "Did you mean 'call'?"),
    ],
)
def test_files_that_are_wrong(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        read_choices(path)
    assert words in str(caught.value.problems)


def test_a_file_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("redact: [{kind: ip-address}, {at: /pages/*/a~1b/~0, call: sns.X}]", encoding="utf-8")
    assert read_choices(path) == (
        Choice("ip-address", Kind.IP_ADDRESS),
        Choice("sns.X#/pages/*/a~1b/~0", None, ("pages", "*", "a/b", "~"), "sns.X"),
    )


def test_pseudonyms_keep_the_form_and_need_the_key() -> None:
    assert pseudonym("ann@example.com", KEY).endswith("@redacted.invalid")
    assert pseudonym("https://example.com/hook?token=1", KEY).startswith("https://")
    assert pseudonym("https://example.com/hook?token=1", KEY).endswith(".redacted.invalid/")
    assert pseudonym("+4915112345678", KEY).startswith("+999")
    assert len(pseudonym("+4915112345678", KEY)) == 15
    assert ip_address(pseudonym("203.0.113.7", KEY)).is_private
    assert pseudonym("Ann Lee", KEY).startswith("redacted-")
    assert pseudonym("a@example.com", KEY) == pseudonym("a@example.com", KEY)
    assert (
        len({pseudonym("a@example.com", KEY), pseudonym("b@example.com", KEY), pseudonym("a@example.com", b"k")}) == 3
    )


def test_values_are_replaced_wherever_they_are() -> None:
    replacing = Replacement({"203.0.113.1": "fd00::1", "a@example.com": "x@r", "short": "S"})
    answer = {"a": ["a@example.com", "to a@example.com;", "ba@example.comb"], "p": '{"ip":"203.0.113.1/32"}', "n": 5}
    assert replacing.data(answer) == {"a": ["x@r", "to x@r;", "ba@example.comb"], "p": '{"ip":"fd00::1/32"}', "n": 5}
    assert replacing.text("203.0.113.12") == "203.0.113.12"
    assert (replacing.text("short"), replacing.text("a short one")) == ("S", "a short one")
    assert replacing.left({"a@example.com": 1}) == "a@example.com"
    assert replacing.left(["x@r"]) == ""


def test_values_in_documents_are_replaced_however_they_are_written() -> None:
    replacing = Replacement({'Zoë "x" Lee': "P", "bob": "Q"})
    inner = json.dumps({"by": 'Zoë "x" Lee', "who": ["bob", "bobby"]})
    text = json.dumps({"message": inner, "n": 1.0})
    assert json.loads(json.loads(replacing.text(text))["message"]) == {"by": "P", "who": ["Q", "bobby"]}
    assert replacing.left({"Policy": text}) == 'Zoë "x" Lee'
    assert replacing.left({"Policy": replacing.text(text)}) == ""
    for untouched in ('{ "a" : 1 }', "{ $.a = 1 }", "[x", "{" * 100_000):
        assert replacing.text(untouched) == untouched
    spaced = replacing.text(' \n{"name": "Zo\\u00eb \\"x\\" Lee"}')
    assert (spaced, replacing.left(spaced)) == ('{"name":"P"}', "")


def test_a_whole_is_replaced_before_its_part() -> None:
    replacing = Replacement({"example.com": "H", "ann@example.com": "E", "https://example.com/x": "U", "personal": "P"})
    text = "ann@example.com https://example.com/x example.com personal"
    assert replacing.text(text) == "E U H P"
    assert replacing.left(text) != ""
    assert replacing.left(replacing.text(text)) == ""


def test_many_values_in_many_texts_take_no_time() -> None:
    replacing = Replacement({f"person{number}@example.com": "x@r" for number in range(5_000)})
    texts = ["arn:aws:cloudtrail:us-east-1:111122223333:trail/main"] * 50_000
    assert replacing.data(texts) == texts
    assert replacing.left(texts) == ""


def test_hostile_texts_are_searched_in_linear_time() -> None:
    assert credential({"a": "eyJ" * 300_000, "b": "AKIAIOSFODNN7EXAMPLE", "c": "-----BEGIN " + "A" * 300_000}) == ""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": ["-----BEGIN RSA PRIVATE KEY-----\nx"]}, "a private key at /a/0"),
        ({"t": "Bearer eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4"}, "a JSON Web Token at /t"),
        (
            {"id": "AKIAIOSFODNN7EXAMPLE", "s": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
            "the secret of an AWS access key at /s",
        ),
        ({"id": "AKIAIOSFODNN7EXAMPLE", "digest": "a" * 40}, ""),
        ({"s": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, ""),
        ({"k": "-----BEGIN PUBLIC KEY-----"}, ""),
    ],
)
def test_credentials(value: Any, found: str) -> None:
    assert credential(value) == found


SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"SecretAccessKey": SECRET}, "the secret of an AWS access key at /SecretAccessKey"),
        ({"Env": [f"AWS_SECRET_ACCESS_KEY={SECRET}"]}, "the secret of an AWS access key at /Env/0"),
        ({"Text": f"AKIAIOSFODNN7EXAMPLE:{SECRET}"}, "the secret of an AWS access key at /Text"),
        ({"Endpoint": HOOK}, "a webhook address, which whoever has it can send to at /Endpoint"),
        ({"t": "xoxb-1234567890-1234567890-abcdefghij"}, "a Slack token at /t"),
        ({"t": "IQoJb3JpZ2lu" + "aB3/" * 30}, "a session token of AWS STS at /t"),
        ({"a": {"-----BEGIN PRIVATE KEY-----": 1}}, "a private key in the name of a member of /a"),
        ({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "UserName": "ops/AuditReaders/EuropeWest1/LoggingTeamOne1"}, ""),
        ([{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, {"ETag": SECRET}], ""),
        ({"Endpoint": "https://hooks.slack.com/help"}, ""),
        ({"SecretAccessKey": "HIDDEN_DUE_TO_SECURITY_REASONS"}, ""),
    ],
)
def test_what_is_a_credential_and_what_is_none(value: Any, found: str) -> None:
    assert credential(value) == found
    assert credential_in(json.dumps(value, indent=2).encode()) == found


def test_a_session_token_is_ordinary_in_records() -> None:
    record = {"responseElements": {"credentials": {"sessionToken": "IQoJb3JpZ2lu" + "aB3/" * 30}}}
    assert credential(record) != ""
    assert credential(record, of_records=True) == ""


def test_where_a_credential_is_in_lines_and_in_other_text() -> None:
    line = json.dumps({"error": {"message": HOOK}}).encode()
    assert credential_in(b'{"a":1}\n' + line + b"\n").endswith("at /error/message in line 2")
    assert credential_in(f"waivers:\n  - key: AKIAIOSFODNN7EXAMPLE\n    is: {SECRET}\n".encode()).endswith("in line 3")
    assert credential_in(b"a: 1\n-----BEGIN EC PRIVATE KEY-----\n") == "a private key in line 2"
    assert credential_in(b"a: AKIAIOSFODNN7EXAMPLE\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
        "IQoJb3JpZ2lu" + "aB3/" * 20,
        "FwoGZXIvYXdz" + "aB3/" * 20,
        "FQoGZXIvYXdz" + "aB3/" * 20,
        HOOK,
        "https://discord.com/api/webhooks/12345678901/abcdefghijabcdefghij",
        "https://x.webhook.office.com/webhookb2/0123456789abcdef0123456789abcdef0123",
        "xapp-1-A0123456789-0123456789",
        f"SECRET_ACCESS_KEY={SECRET}",
        f"secretAccessKey={SECRET}",
        f"aws_secret_key={SECRET}",
    ],
)
def test_whatever_is_found_is_found_in_a_file_too(text: str) -> None:
    """The search that files pass first lets through whatever a pattern finds."""
    assert credential({"a": text}) != ""
    assert credential_in(json.dumps({"a": text}).encode()) != ""
