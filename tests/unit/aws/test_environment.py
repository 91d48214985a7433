"""A wrong endpoint or CA bundle is named with its setting before anything is sent."""

from pathlib import Path

import certifi
import pytest
from botocore.exceptions import ProfileNotFound
from botocore.session import Session

from scanner.aws.environment import check_environment
from scanner.errors import UsageError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of this machine, and an empty configuration file."""
    for name in ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return config


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("notaurl", "is not an http:// or https:// URL"),
        ("localhost:4566", "is not an http:// or https:// URL"),
        ("ftp://host", "is not an http:// or https:// URL"),
        ("http://", "names no host"),
        ("http://host:99999", "is not a URL"),
        ("http://[::1", "is not a URL"),
        ("https://host:port", "is not a URL"),
    ],
)
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"])
def test_a_malformed_endpoint(name: str, url: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(UsageError) as caught:
        check_environment(Session(profile=None))
    assert str(caught.value).startswith(f"{name} is {url!r}, which {problem}")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:5000", "https://vpce-1.sts.us-east-1.vpce.amazonaws.com/x"])
def test_a_sound_endpoint(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    check_environment(Session(profile=None))


def test_endpoints_of_the_configuration_file(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean.write_text(
        "[default]\nendpoint_url = nonsense\n"
        "[profile two]\nservices = mine\n[services mine]\nsts =\n  endpoint_url = http://\n"
        "[profile three]\nregion = eu-west-1\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match=r"^endpoint_url in ~/\.aws/config is 'nonsense'"):
        check_environment(Session(profile=None))
    with pytest.raises(UsageError, match=r"^endpoint_url of sts in ~/\.aws/config is 'http://', which names no host"):
        check_environment(Session(profile="two"))
    check_environment(Session(profile="three"))
    with pytest.raises(ProfileNotFound):
        check_environment(Session(profile="four"))
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    check_environment(Session(profile=None))


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_ca_bundle_that_cannot_be_used(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no certificate", encoding="utf-8")
    for path, problem in ((tmp_path / "missing.pem", "No such file"), (tmp_path, "cannot be read"), (text, "no PEM")):
        monkeypatch.setenv(name, str(path))
        with pytest.raises(UsageError, match=rf"^{name} names the CA bundle .*{problem}"):
            check_environment(Session(profile=None))
    monkeypatch.setenv(name, certifi.where())
    check_environment(Session(profile=None))


def test_the_ca_bundle_of_the_configuration_file(clean: Path) -> None:
    clean.write_text("[default]\nca_bundle = /no/such/bundle.pem\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^ca_bundle in ~/\.aws/config names the CA bundle '/no/such/bundle\.pem'"):
        check_environment(Session(profile=None))


@pytest.mark.parametrize(
    ("endpoints", "read"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, False),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:4567"}, False),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_S3": "https://127.0.0.1:4567"}, True),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:4566"}, True),
        ({"AWS_ENDPOINT_URL": "https://127.0.0.1:4566"}, True),
        ({"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:4566"}, True),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, True),
    ],
)
def test_a_ca_bundle_is_read_where_something_is_encrypted(
    endpoints: dict[str, str], read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**endpoints, "AWS_CA_BUNDLE": "/no/such/bundle.pem"}.items():
        monkeypatch.setenv(name, value)
    if not read:
        check_environment(Session(profile=None))
        return
    with pytest.raises(UsageError, match=r"^AWS_CA_BUNDLE names the CA bundle"):
        check_environment(Session(profile=None))
