"""Sessions that know the services they ask without a search."""

import json
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import Loader, create_loader

from scanner.aws.service_models import know_at_once


def session_of(*services: str) -> botocore.session.Session:
    session = botocore.session.Session()
    know_at_once(services, session)
    return session


def test_models_are_the_same_as_ever() -> None:
    plain = botocore.session.Session()
    # botocore writes into the model of S3 where it is asked about a bucket, and the tests share what is parsed.
    plain.register_component("data_loader", create_loader())
    for service in ("cloudtrail", "s3"):
        assert session_of("cloudtrail", "s3").get_service_data(service) == plain.get_service_data(service)


def test_the_folders_of_other_services_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of("cloudtrail")
    monkeypatch.setattr(Loader, "list_available_services", pytest.fail)
    assert session.get_service_data("cloudtrail")


def test_a_service_that_was_not_named_is_found_all_the_same() -> None:
    session = session_of("cloudtrail")
    assert session.get_service_data("ec2") == botocore.session.Session().get_service_data("ec2")
    with pytest.raises(UnknownServiceError):
        session.get_service_data("nothing")


def test_a_service_without_a_model_is_refused_when_it_is_read() -> None:
    with pytest.raises(DataNotFoundError):
        session_of("nothing").get_service_data("nothing")


def test_the_users_own_models_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "cloudtrail" / "2099-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps({"metadata": {"serviceId": "Own"}}), encoding="utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert session_of("cloudtrail").get_service_data("cloudtrail")["metadata"] == {"serviceId": "Own"}
