"""What is said of numbers that an option does not take."""

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("logs", "x", "--workers", "0"), "'0' is not a whole number from 1 to 64."),
        (("logs", "x", "--workers", "65"), "'65' is not a whole number from 1 to 64."),
        (("replay", "x", "--workers", "1.5"), "'1.5' is not a whole number from 1 to 64."),
        (("scan", "--workers", "many\x1b[31m"), r"'many\x1b[31m' is not a whole number from 1 to 256."),
        (("sample", "x", "--size", "-1", "--seed", "x"), "'-1' is not a whole number of at least 1."),
        (("insights", "x", "--floor", "1"), "'1' is not a whole number from 2 to 1,000,000."),
        (("insights", "x", "--probability", "nan"), "'nan' is not a number from 1e-15 to 0.01."),
        (("insights", "x", "--baseline-days", "week"), "'week' is not a number from 0.05 to 7."),
    ],
)
def test_other_values_are_refused(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.ERROR
    assert capsys.readouterr().err.endswith(f"{told}\n")
