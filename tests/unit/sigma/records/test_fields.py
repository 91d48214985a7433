"""Which values a Sigma field names, and in which spellings AWS writes them."""

import json
import re
from importlib.resources import files

import botocore
import pytest

from scanner.aws.botocore_tables import list_members
from scanner.pattern import print_selector
from scanner.pattern.cloudtrail.api_names import known_sources
from scanner.sigma.conditions.formula import Pieces, RegexTest, TextTest, Wild
from scanner.sigma.outcome import Unsayable
from scanner.sigma.records.fields import grouping_path, reading
from scanner.sigma.records.spellings import boolean_word, matches, never_written, spellings, unknown_names

COMMITTED = (files("scanner.sigma.records") / "list_members.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("field", "selectors"),
    [
        ("eventName", ["$.eventName"]),
        ("userIdentity.sessionContext.sessionIssuer.arn", ["$.userIdentity.sessionContext.sessionIssuer.arn"]),
        ("requestParameters.x-amz-acl", ["$.requestParameters.x-amz-acl"]),
        ("requestParameters.aws:tag", ["$.requestParameters.['aws:tag']"]),
        ("resources.ARN", ["$.resources[*].ARN"]),
        (
            "requestParameters.instancesSet.items.instanceId",
            [
                "$.requestParameters.instancesSet.items.instanceId",
                "$.requestParameters.instancesSet.items[*].instanceId",
            ],
        ),
        (
            "requestParameters.ipPermissions.items.ipProtocol",
            [
                "$.requestParameters.ipPermissions.items.ipProtocol",
                "$.requestParameters.ipPermissions.items[*].ipProtocol",
            ],
        ),
        (
            "requestParameters.containerDefinitions.image",
            ["$.requestParameters.containerDefinitions.image", "$.requestParameters.containerDefinitions[*].image"],
        ),
    ],
)
def test_selectors(field: str, selectors: list[str]) -> None:
    assert [print_selector(selector) for selector in reading(field).selectors] == selectors


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("eventname", "Did you mean 'eventName'"),
        ("type", "no field"),
        ("requestParameters", "holds members"),
        ("resources", "holds members"),
        ("eventName.x", "single value"),
        ("requestParameters.list.0", "number"),
        ("requestParameters..x", "dotted path"),
        ("requestParameters.a'b", "dotted path"),
        ("requestParameters.a[0]", "dotted path"),
        ('requestParameters.a"b', "dotted path"),
        ("", "dotted path"),
        ("requestParameters.containerDefinitions.command", "list inside a list"),
        ("requestParameters.ipPermissions.items.ipRanges.items.cidrIp", "list inside a list"),
    ],
)
def test_refused_fields(field: str, why: str) -> None:
    with pytest.raises(Unsayable, match=why):
        reading(field)


def test_values_that_may_be_lists() -> None:
    assert reading("requestParameters.valuesToAdd").may_be_list
    assert not reading("requestParameters.policyArn").may_be_list
    assert not reading("userIdentity.arn").may_be_list


def test_grouping_needs_one_value() -> None:
    assert grouping_path("userIdentity.arn") == "userIdentity.arn"
    for field in ("resources.ARN", "requestParameters.set.items.x", "requestParameters.x-y"):
        with pytest.raises(Unsayable, match="counted"):
            grouping_path(field)


@pytest.mark.parametrize(
    ("field", "pieces", "expected"),
    [
        ("eventName", ("ConsoleLogin",), [("ConsoleLogin",)]),
        ("eventName", ("consolelogin",), [("ConsoleLogin",)]),
        ("eventName", ("NoSuchCallEver",), [("NoSuchCallEver",)]),
        ("eventName", ("no such call",), None),
        ("eventName", ("StopLogg", Wild.MANY), [("StopLogg", Wild.MANY)]),
        ("eventName", ("stoplogg", Wild.MANY), None),
        ("eventName", (Wild.MANY, "zzzz"), None),
        ("eventSource", ("IAM.amazonaws.com",), [("iam.amazonaws.com",)]),
        ("eventSource", ("IAM", Wild.MANY), [("iam", Wild.MANY)]),
        ("awsRegion", ("EU-west-1",), [("eu-west-1",)]),
        ("userIdentity.type", ("root",), [("Root",)]),
        ("userIdentity.type", ("Service",), None),
        ("userIdentity.accessKeyId", ("akia", Wild.MANY), [("AKIA", Wild.MANY)]),
        ("userAgent", ("curl",), None),
        ("userAgent", ("7.1*",), [("7.1*",)]),
        ("requestParameters.public", ("TRUE",), [("true",), ("True",), ("TRUE",)]),
        ("requestParameters.id", ("111122223333",), [("111122223333",)]),
    ],
)
def test_spellings(field: str, pieces: Pieces, expected: list[Pieces] | None) -> None:
    found = spellings(field, TextTest(pieces))
    assert (None if found is None else list(found)) == expected


def test_a_name_that_differs_in_case_only_needs_an_expression() -> None:
    """Two services spell this call apart, so a prefix in one spelling would miss the other."""
    assert spellings("eventName", TextTest(("CreateDBInst", Wild.MANY))) is None


def test_cased_texts_are_as_spelled() -> None:
    assert spellings("userAgent", TextTest(("cURL",), cased=True)) == (("cURL",),)


def test_sources_are_spelled_small_but_for_known_ones() -> None:
    odd = {source for source in known_sources() if source != source.lower()}
    for source in odd:
        found = spellings("eventSource", TextTest((source.lower(),)))
        assert found is not None
        assert {source, source.lower()} <= {piece for option in found for piece in option}


def test_words_for_booleans() -> None:
    assert boolean_word(TextTest(("True",))) is True
    assert boolean_word(TextTest(("False",), cased=True)) is None
    assert boolean_word(TextTest(("false", Wild.MANY))) is None


def test_unknown_names() -> None:
    assert unknown_names("eventName", TextTest(("PassRole",))) == ("PassRole",)
    assert unknown_names("eventName", TextTest(("createuser",))) == ()
    assert unknown_names("eventName", TextTest(("Pass", Wild.MANY))) == ()
    assert unknown_names("errorCode", TextTest(("PassRole",))) == ()


def test_wildcards() -> None:
    assert matches(("a", Wild.ONE, Wild.MANY), "ab", cased=True)
    assert not matches(("a", Wild.ONE, Wild.MANY), "a", cased=True)
    assert matches((Wild.MANY, "B"), "ab", cased=False)
    assert not matches((Wild.MANY, "B"), "ab", cased=True)


def test_the_table_of_lists_is_what_the_service_models_say() -> None:
    if json.loads(COMMITTED)["botocore"] == botocore.__version__:
        assert list_members.render(list_members.list_members()) == COMMITTED


def test_the_module_writes_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    table = {"containers": ["a", "b"], "values": ["c"]}
    monkeypatch.setattr("scanner.aws.botocore_tables.list_members.list_members", lambda: table)
    list_members.main()
    assert json.loads(capsys.readouterr().out) == {"botocore": botocore.__version__, "containers": "a b", "values": "c"}


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("userIdentity.typ", "userIdentity has no member 'typ' in CloudTrail records. Did you mean 'type'"),
        ("userIdentity.sessionContext.sessionIssuer.username", "Did you mean 'userName'"),
        ("userIdentity.sessionContext.mfaAuthenticated", "userIdentity.sessionContext has no member"),
        ("userIdentity.sessionContext.attributes", "holds members and no text"),
        ("userIdentity.arn.x", "userIdentity.arn is a single value"),
        ("tlsDetails.version", "tlsDetails has no member"),
        ("resources.name", "resources has no member"),
        ("insightDetails.insightTyp", "Did you mean 'insightType'"),
    ],
)
def test_members_that_no_record_has_are_refused(field: str, why: str) -> None:
    with pytest.raises(Unsayable, match=re.escape(why).replace("'", "['\"]")):
        reading(field)


@pytest.mark.parametrize(
    "field",
    [
        "userIdentity.sessionContext.attributes.mfaAuthenticated",
        "userIdentity.sessionContext.webIdFederationData.attributes.aud",
        "userIdentity.invokedByDelegate.accountId",
        "userIdentity.inScopeOf.issuerType",
        "insightDetails.insightContext.statistics.baseline.average",
        "eventContext.tagContext.resourceTags",
        "edgeDeviceDetails.anything",
        "requestParameters.anything.below",
    ],
)
def test_members_that_records_have_or_may_have(field: str) -> None:
    assert reading(field).selectors


@pytest.mark.parametrize(
    ("field", "test", "note"),
    [
        ("userIdentity.type", TextTest(("Rooot",)), "AWS documents no userIdentity.type that is 'Rooot'"),
        ("userIdentity.type", TextTest(("root",)), ""),
        ("userIdentity.type", TextTest(("root",), cased=True), "AWS documents no userIdentity.type"),
        ("userIdentity.type", TextTest((Wild.MANY, "User")), ""),
        ("userIdentity.type", TextTest((Wild.MANY, "Person")), "AWS documents no userIdentity.type"),
        ("userIdentity.type", RegexTest(("^Rooo+t$",)), "AWS documents no userIdentity.type"),
        ("userIdentity.type", RegexTest(("^Roo?t$",)), ""),
        ("eventType", TextTest(("AwsApiCal",)), "AWS documents no eventType"),
        ("eventCategory", TextTest(("management",)), ""),
        ("additionalEventData.MFAUsed", TextTest(("true",)), "AWS documents no additionalEventData.MFAUsed"),
        ("eventSource", TextTest(("iamm.amazonaws.com",)), "no AWS service is known with the event source"),
        ("eventSource", TextTest(("IAM.amazonaws.com",)), ""),
        ("eventSource", TextTest(("iamm", Wild.MANY)), ""),
        ("userAgent", TextTest(("anything",)), ""),
    ],
)
def test_values_that_no_record_has_are_noted(field: str, test: TextTest | RegexTest, note: str) -> None:
    found = never_written(field, test)
    assert found.startswith(note)
    assert bool(found) is bool(note)
