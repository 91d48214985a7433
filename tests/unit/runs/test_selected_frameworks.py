"""Only the frameworks that a run reports are read."""

from pathlib import Path

import pytest

from scanner.content import frameworks
from scanner.documents import Document, read_document
from scanner.runs.selection import select


@pytest.mark.parametrize("asked", [(), ("cis-aws-5.0.0",)])
def test_others_are_not_read(asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noting(path: Path, *, proven: bool = False) -> Document:
        read.append(path.stem)
        return read_document(path, proven=proven)

    monkeypatch.setattr(frameworks, "read_document", noting)
    selection = select(asked, (), (), ())
    assert read == list(asked or frameworks.REPORTED)
    assert [framework.id for framework in selection.frameworks] == read
