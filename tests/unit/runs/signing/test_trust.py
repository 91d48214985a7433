"""The file of trusted keys: read and proved whole before a signature is called somebody's."""

from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.errors import ContentError
from scanner.runs.signing.trust import read_trust, read_trusted_keys


def _public() -> str:
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


FIRST, SECOND = _public(), _public()


def test_keys_with_names_and_days(tmp_path: Path) -> None:
    (tmp_path / "second.pub").write_text(SECOND)
    path = tmp_path / "keys.yaml"
    path.write_text(
        f'keys:\n  - name: Pipeline 2026\n    public-key: "{FIRST}"\n    not-before: 2026-01-01\n'
        "    not-after: 2026-12-31\n  - name: Auditor\n    file: second.pub\n"
    )
    first, second = read_trusted_keys(path)
    assert (first.name, first.first, first.last) == ("Pipeline 2026", date(2026, 1, 1), date(2026, 12, 31))
    assert (second.name, second.first, second.last) == ("Auditor", None, None)
    trust = read_trust([tmp_path / "second.pub"], path, required=False)
    assert [key.name for key in trust.keys] == ["Pipeline 2026", "Auditor", f"the key in {tmp_path}/second.pub"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keys: []", "keys"),
        ("key: []", "key"),
        (
            f'keys: [{{name: A, public-key: "{FIRST}", file: x}}]',
            "must hold exactly one of the keys 'public-key', 'file'",
        ),
        ("keys: [{name: A}]", "must hold exactly one of the keys 'public-key', 'file'"),
        (f'keys: [{{public-key: "{FIRST}"}}]', "name"),
        (f'keys: [{{name: "", public-key: "{FIRST}"}}]', "name"),
        (f'keys: [{{name: A, public-key: "{FIRST}", notafter: 2026-01-01}}]', "notafter"),
        (f'keys: [{{name: A, public-key: "{FIRST}", not-after: 2026-02-30}}]', "not-after: there is no such day"),
        (f'keys: [{{name: A, public-key: "{FIRST}", not-after: soon}}]', "must be a date such as"),
        (
            f'keys: [{{name: A, public-key: "{FIRST}", not-after: 2026-01-01, not-before: 2026-02-01}}]',
            "not-after is before not-before",
        ),
        ("keys: [{name: A, public-key: hello}]", "the key of A holds no public key"),
        ("keys: [{name: A, file: missing.pem}]", "missing.pem cannot be read"),
        (
            f'keys: [{{name: A, public-key: "{FIRST}"}}, {{name: B, public-key: "{FIRST}"}}]',
            "this is the key of A once more",
        ),
        ("keys: [", "keys.yaml:1:"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(text)
    with pytest.raises(ContentError) as raised:
        read_trusted_keys(path)
    assert "keys.yaml:1:" in str(raised.value)
    assert words in str(raised.value)
