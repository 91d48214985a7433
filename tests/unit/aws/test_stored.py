"""Objects of buckets by a client at hand, and the table of calls that validate log files."""

import io
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ResponseStreamingError

from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.operations import OPERATIONS
from scanner.aws.stored import objects
from scanner.aws.stored.objects import AbsentObjectError, pages_of, read_object
from scanner.aws.stored.proof_operations import PROOF_OPERATIONS, proof_policy
from scanner.errors import SourceError


class Breaking(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        del size
        raise ResponseStreamingError(error="reset")


class Client:
    """S3 of two objects and three keys, two of them in a page."""

    global_region = "us-east-1"

    def __init__(self, *bodies: io.BytesIO | str) -> None:
        self.bodies = list(bodies)
        self.endless = False

    def client(self, service: str, region: str) -> "Client":
        assert (service, region) == ("s3", "us-east-1")
        return self

    def get_object(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"Bucket": "b", "Key": "k"}
        body = self.bodies.pop(0)
        if isinstance(body, str):
            raise ClientError({"Error": {"Code": body}}, "GetObject")
        return {"Body": body, "Metadata": {"signature": "ab"}}

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        if "ContinuationToken" in asked and not self.endless:
            return {"Contents": [{"Key": "p/c"}]}
        listed = {"Contents": [{"Key": "p/a"}, {"Key": "p/b"}], "CommonPrefixes": [{"Prefix": "p/x/"}]}
        if asked["Prefix"] == "no":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no."}}, "ListObjectsV2")
        more = {} if asked["Prefix"] == "cut" else {"NextContinuationToken": "t"}
        return {**listed, "IsTruncated": True, **more}


def read(*bodies: io.BytesIO | str, limit: int = 10) -> objects.Body:
    session: Any = Client(*bodies)
    return read_object(session, "us-east-1", "b", "k", limit)


def test_an_object_with_its_metadata() -> None:
    found = read(io.BytesIO(b"0123456789abc"))
    assert (found.content, found.metadata) == (b"0123456789a", {"signature": "ab"})


def test_a_stream_that_breaks_off_is_read_again() -> None:
    assert read(Breaking(), Breaking(), io.BytesIO(b"x")).content == b"x"
    with pytest.raises(SourceError, match="s3://b/k cannot be read: "):
        read(Breaking(), Breaking(), Breaking())


def test_what_is_absent_and_what_is_denied() -> None:
    with pytest.raises(AbsentObjectError, match="NoSuchKey"):
        read("NoSuchKey")
    with pytest.raises(SourceError, match=r"s3://b/k cannot be read: AccessDenied\.") as denied:
        read("AccessDenied")
    assert not isinstance(denied.value, AbsentObjectError)


def test_the_pages_of_a_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = Client()
    found = list(pages_of(session, "b", "p/", "/"))
    assert [page.keys for page in found] == [("p/a", "p/b"), ("p/c",)]
    assert found[0].prefixes == ("p/x/",)
    with pytest.raises(SourceError, match=r"s3://b/no cannot be listed: AccessDenied, no\."):
        list(pages_of(session, "b", "no"))
    with pytest.raises(SourceError, match="says that more follows, and not what"):
        list(pages_of(session, "b", "cut"))
    session.endless = True
    monkeypatch.setattr(objects, "MAX_PAGES", 3)
    with pytest.raises(SourceError, match="it has more than 3 pages"):
        list(pages_of(session, "b", "p/"))


@pytest.mark.parametrize("name", PROOF_OPERATIONS)
def test_every_operation_exists_and_reads(name: str) -> None:
    operation = PROOF_OPERATIONS[name]
    assert operation.name == name
    assert operation.api.startswith(("Get", "List", "Head"))
    model = botocore.session.Session().get_service_model(operation.service).operation_model(operation.api)
    assert model.input_shape is not None
    assert model.output_shape is not None
    assert set(operation.arguments) <= set(model.input_shape.members)
    assert set(operation.lists) <= set(model.output_shape.members)


def test_validating_widens_neither_a_scan_nor_reading_logs() -> None:
    assert "cloudtrail.ListPublicKeys" not in {*OPERATIONS, *LOG_OPERATIONS}
    assert proof_policy()["Statement"][0]["Action"] == [
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListPublicKeys",
        "kms:Decrypt",
        "s3:GetObject",
        "s3:ListBucket",
    ]
