"""A forger for the bundles that commands write."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

ACCOUNT = "111122223333"


@pytest.fixture
def reseal() -> Callable[[Path, str, str | bytes], None]:
    """Change a file of a bundle and write every digest anew, as a careful forger would."""

    def change(bundle: Path, name: str, content: str | bytes) -> None:
        (bundle / name).write_bytes(content.encode() if isinstance(content, str) else content)
        payload = sorted(path for path in (bundle / "data").rglob("*") if path.is_file())
        total = f"Payload-Oxum: {sum(path.stat().st_size for path in payload)}.{len(payload)}"
        info = bundle / "bag-info.txt"
        lines = info.read_text(encoding="utf-8").splitlines()
        info.write_text("".join(f"{total if 'Oxum' in line else line}\n" for line in lines), encoding="utf-8")
        tags = [info, bundle / "bagit.txt", bundle / "manifest-sha256.txt"]
        for manifest, listed in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
            entries = [
                (hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(bundle).as_posix()) for path in listed
            ]
            text = "".join(f"{digest}  {path}\n" for digest, path in entries)
            (bundle / manifest).write_text(text, encoding="utf-8")

    return change
