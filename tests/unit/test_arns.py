import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.arns import Arn, components, parse_arn

ALARM = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:root: used"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("arn:aws:s3:::a-bucket", ("aws", "s3", "", "", "a-bucket")),
        (
            "arn:aws-cn:sns:cn-north-1:111122223333:topic",
            ("aws-cn", "sns", "cn-north-1", "111122223333", "topic"),
        ),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", ("aws", "iam", "", "aws", "policy/ReadOnlyAccess")),
        (ALARM, ("aws", "cloudwatch", "eu-west-1", "111122223333", "alarm:root: used")),
    ],
)
def test_an_arn_has_five_parts_and_is_written_as_it_was_read(text: str, parts: tuple[str, ...]) -> None:
    arn = parse_arn(text)
    assert arn == Arn(*parts)
    assert str(arn) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn",
        "arn:aws:sns:eu-west-1:111122223333",
        "arn:aws:sns:eu-west-1:111122223333:",
        "arn::sns:eu-west-1:111122223333:topic",
        "arn:aws::eu-west-1:111122223333:topic",
        "urn:aws:sns:eu-west-1:111122223333:topic",
        "ARN:aws:sns:eu-west-1:111122223333:topic",
        "PendingConfirmation",
        None,
        7,
    ],
)
def test_what_lacks_a_part_is_not_an_arn(text: object) -> None:
    assert parse_arn(text) is None


def test_the_rest_of_a_resource_is_known_by_its_kind() -> None:
    alarm, group = parse_arn(ALARM), parse_arn("arn:aws:logs:eu-west-1:111122223333:log-group:trail:*")
    assert alarm
    assert group
    assert alarm.after("alarm:") == "root: used"
    assert alarm.after("log-group:") == ""
    assert group.named("log-group:") == "trail"
    assert group.named("alarm:") == ""


def test_a_pattern_of_arns_has_the_components_of_one() -> None:
    found = components("*:aws:iam::*:role/*")
    assert found is not None
    assert (found.scheme, found.account, found.resource) == ("*", "*", "role/*")
    assert components("arn:aws:iam::*") is None


@given(st.text(alphabet="arn:*/sx1", max_size=30))
def test_components_are_the_text_again(text: str) -> None:
    found = components(text)
    assert found is None or ":".join(found) == text
    arn = parse_arn(text)
    assert arn is None or str(arn) == text
