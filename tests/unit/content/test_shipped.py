from pathlib import Path

import pytest

from scanner.content import shipped as content
from scanner.content.shipped import content_files, shipped
from scanner.errors import ContentError, UsageError
from scanner.sigma.reading.sources import read_sources


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n", encoding="utf-8")


def test_checkout_and_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "scanner"
    monkeypatch.setattr(content, "files", lambda _name: package)
    write(tmp_path, "scanner/__init__.py", "rules/trail/x.yaml")

    with pytest.raises(ContentError, match="missing from this installation"):
        shipped("rules")  # someone else's folder: no pyproject.toml beside it

    write(tmp_path, "pyproject.toml")
    assert shipped("rules") == tmp_path / "rules"
    with pytest.raises(ContentError, match="shipped frameworks are missing"):
        shipped("frameworks")

    write(package, "_content/rules/trail/x.yaml")
    assert shipped("rules") == package / "_content" / "rules"


def test_the_real_rooms() -> None:
    for room in ("rules", "frameworks"):
        assert shipped(room).name == room


def test_files_in_order(tmp_path: Path) -> None:
    write(
        tmp_path, "b/z.yaml", "a.yaml", "b/a.yaml", "b/a.test.yaml", "_shared.yaml", "_x/a.yaml", ".git/a.yaml", "c.txt"
    )
    names = [path.relative_to(tmp_path).as_posix() for path in content_files(tmp_path, but=(".test.yaml",))]
    assert names == ["a.yaml", "b/a.yaml", "b/z.yaml"]
    assert [path.name for path in content_files(tmp_path, ".test.yaml")] == ["a.test.yaml"]


def test_nothing_is_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path / "in", "a.yml", "b.YAML", "c.yaml")
    write(tmp_path / "out", "d.yaml")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "out" / "d.yaml")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    with pytest.raises(ContentError) as caught:
        content_files(tmp_path / "in")
    root = tmp_path / "in"
    assert caught.value.problems == (
        f"{root}/a.yml:1:1: the name must end with .yaml, in small letters",
        f"{root}/b.YAML:1:1: the name must end with .yaml, in small letters",
        f"{root}/folder:1:1: links to folders are not followed; name the folder itself",
        f"{root}/link.yaml:1:1: this link leads outside the folder",
    )


def test_not_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no folder \S*gone\. Name a folder that holds YAML files\."):
        content_files(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file is not a folder\. Name a folder that holds YAML files\."):
        content_files(tmp_path / "file")


def nested(folder: Path, depth: int) -> None:
    folder.joinpath(*["d"] * depth).mkdir(parents=True)


@pytest.mark.parametrize("depth", [65, 400])
def test_folders_nested_too_deeply_are_refused(tmp_path: Path, depth: int) -> None:
    nested(tmp_path, depth)
    with pytest.raises(UsageError, match="nested more than 64 deep"):
        content_files(tmp_path)
    with pytest.raises(UsageError, match="nested more than 64 deep"):
        read_sources(tmp_path)


def test_folders_nested_as_deep_as_is_allowed(tmp_path: Path) -> None:
    nested(tmp_path, 64)
    assert content_files(tmp_path) == ()
