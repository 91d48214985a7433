"""`trailwitness sample`: an auditor's sample of a population, drawn by a seed and recorded."""

from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.places import check_writable
from scanner.cli.terminal.printing import say, tell
from scanner.runs.assessments.sampling import draw, drawn_lines, population_of, record


@click.command()
@click.argument("source", metavar="POPULATION")
@once("--size", type=WholeNumber(min=1), required=True, metavar="NUMBER", help="How many items are drawn.")
@once("--seed", required=True, metavar="SEED", help="Decides the draw; agree on it before you see the population.")
@once("--rule", default="", metavar="ID", help="Draw from what an assessment gave a verdict on by this rule.")
@once(
    "--output",
    "-o",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the record of the draw here; without it, on standard output.",
)
def sample(source: str, size: int, seed: str, rule: str, target: Path | None) -> int:
    """Draw an auditor's sample from a population, so that anybody draws the same again.

    POPULATION is a bundle or a JSON report (with --rule), a .csv file (its first line names the columns), a .jsonl or
    .txt file with one item in each line, or days as FROM..TO, such as 2026-01-01..2026-12-31. The items with the lowest
    SHA-256 of seed, line feed and item are drawn, whatever their order.

    Exit codes: 0 drawn; 2 the command could not run; 3 drawn, but the assessment could not look everywhere, so the
    population may lack items.
    """
    if target is not None:
        check_writable(target)
    population = population_of(source, rule)
    made = draw(population, size, seed)
    if target is None:
        tell(record(made).decode().removesuffix("\n"))
    else:
        write_file(target, record(made))
        tell("\n".join(drawn_lines(made)))
        say(f"wrote {target}")
    say(f"drew {len(made.drawn)} of {len(population.items)} items; SHA-256 of the population: {population.digest}")
    if population.missing:
        say(f"Exit code 3: the population may lack items: {population.missing}")
        return Exit.INCOMPLETE
    return Exit.CLEAN
