"""The wheel: exactly three packages, all rules and frameworks inside, and it runs from a foreign folder."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the sdist built from this checkout."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; the dependencies are lent from the one that runs the tests."""
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, with_pip=True, symlinks=True)
    python = place / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    Path(site, "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return place / "bin" / "trailwitness"


def test_exact_content(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"trailwitness", "scanner", "reports"}
    shipped = {name.removeprefix("scanner/_content/") for name in names if name.startswith("scanner/_content/")}
    ours = {str(path.relative_to(ROOT)) for room in ("rules", "frameworks") for path in (ROOT / room).rglob("*.yaml")}
    assert shipped == ours
    assert len(ours) > 80
    assert {
        "trailwitness/py.typed",
        "scanner/py.typed",
        "reports/py.typed",
        "scanner/schemas/assessment.schema.json",
    } <= set(names)


def test_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    listed = subprocess.run(
        [installed, "rules", "list"], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert "trail.multi-region-logging" in listed.stdout
    where = subprocess.run(
        [
            installed.with_name("python"),
            "-c",
            "import trailwitness, scanner, reports; print(trailwitness.__file__, scanner.__file__, reports.__file__)",
        ],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert str(ROOT) not in where, "the wheel is tested, not the checkout"
    policy = subprocess.run(
        [installed, "rules", "policy", "--framework", "cis-aws-5.0.0"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(policy)["Statement"]
    cases = subprocess.run(
        [installed, "rules", "test", "--rule", "trail"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert cases.returncode == 0, cases.stderr
