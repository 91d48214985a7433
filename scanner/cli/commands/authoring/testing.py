"""`trailwitness rules test`: whether the cases of rules hold, and whether they notice every change of a rule."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from scanner.cases import CaseResult
from scanner.cli.exit_codes import Exit
from scanner.cli.options import completing
from scanner.cli.options.content import rules_folder_option
from scanner.cli.terminal.printing import printable, say, tell
from scanner.errors import ContentError
from scanner.model import Rule
from scanner.wording import several


@dataclass(slots=True)
class _Score:
    """How many cases and changes of rules there were, and what became of them.

    ``cases`` are all of them, of which ``failed`` do not hold; ``untested`` is how many rules have none. Of the
    ``changes`` some are ``proven`` to change nothing, and some are ``left``.

    ``wrong`` are the proofs that are stated of changes which need none.
    """

    cases: int = 0
    failed: int = 0
    untested: int = 0
    changes: int = 0
    proven: int = 0
    left: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The score in words."""
        noticed = self.changes - self.proven - self.left
        return (
            f"{several(self.changes, 'change')} of rules: {noticed} noticed by a case, {self.proven} proven to change "
            f"nothing, {self.left} neither"
        )


@click.command("test", short_help="Run the rules' own cases.")
@rules_folder_option("Test the rules in this folder instead of the shipped ones (repeatable).")
@click.option(
    "--rule",
    "rule_ids",
    multiple=True,
    metavar="ID",
    shell_complete=completing.rules,
    help="Test only this rule or area (repeatable).",
)
@click.option("--verbose", "-v", is_flag=True, help="Also list the cases that hold.")
@click.option(
    "--mutants",
    is_flag=True,
    help="Then change every condition and default of every rule, one at a time: some case must notice each change.",
)
def test_command(folders: tuple[Path, ...], rule_ids: tuple[str, ...], verbose: bool, mutants: bool) -> int:
    """Run the cases of every rule, ours or those of a folder.

    With --mutants, each condition of a rule is then dropped, negated or shifted, each parameter ignored and each
    default changed. A change that no case notices shows what nothing tests: write a case that tells the two apart, or
    state under `equivalents` in the file of cases why the change changes nothing. A rule without cases is named. Exit
    code 1: a case does not hold, a change goes unnoticed or, with --mutants, a rule has no cases.
    """
    score = _Score()
    chosen = list(_chosen(folders, rule_ids))
    if folders:
        _prove(chosen, mutants=mutants)
    for rule, folder in chosen:
        broken = _tell_cases(rule, folder, score, verbose=verbose, proven=not folders)
        if mutants and not broken:
            _count_changes(rule, folder, score)
    say(f"{several(score.cases, 'case')}, {score.failed} failed")
    if score.cases == 0:
        say("No case was found, so nothing was tested.")
        return Exit.ERROR
    if mutants:
        say(score.text)
    if score.wrong:
        raise ContentError(
            score.wrong, "Remove these entries, or name the changes as rules test --mutants prints them."
        )
    return Exit.FINDINGS if score.failed or score.left or (mutants and score.untested) else Exit.CLEAN


def _prove(chosen: Iterable[tuple[Rule, Path]], *, mutants: bool) -> None:
    """Raise ContentError with every mistake of every file of cases, before any of them is run."""
    from scanner.cases import load_cases, load_equivalents

    problems: list[str] = []
    for rule, folder in chosen:
        try:
            load_cases(rule, folder)
            if mutants:
                load_equivalents(rule, folder)
        except ContentError as error:
            problems += error.problems
    if problems:
        raise ContentError(problems)


def _tell_cases(rule: Rule, folder: Path, score: _Score, *, verbose: bool, proven: bool) -> bool:
    """Run the cases of a rule and tell of those that do not hold; whether there are any, or no cases."""
    from scanner.cases import load_cases, run_cases

    results = list(run_cases(rule, load_cases(rule, folder, proven=proven)))
    broken = sum(not result.passed for result in results)
    for result in results:
        if verbose or not result.passed:
            tell(printable(_result(rule, result)))
    if not results:
        tell(printable(f"UNTESTED {rule.id}: it has no cases"))
    score.cases += len(results)
    score.failed += broken
    score.untested += not results
    return broken > 0 or not results


def _chosen(folders: tuple[Path, ...], rule_ids: tuple[str, ...]) -> Iterator[tuple[Rule, Path]]:
    """The rules to test, each with its folder."""
    from scanner.content.rules import load_rules, select_rules
    from scanner.content.shipped import shipped
    from scanner.resources import FIELDS

    for folder in folders or (shipped("rules"),):
        found = load_rules((folder,), with_shipped=False, known_resources=FIELDS)
        for rule in select_rules(found, rule_ids) if rule_ids else found:
            yield rule, folder


def _count_changes(rule: Rule, folder: Path, score: _Score) -> None:
    """Judge every change of a rule, and tell of those that nothing notices."""
    from scanner.cases import load_cases, load_equivalents
    from scanner.mutants import judge_mutants, stale

    stated = load_equivalents(rule, folder)
    judged = judge_mutants(rule, load_cases(rule, folder, proven=True), stated)
    for survivor in judged.unproven:
        tell(printable(f"UNNOTICED {rule.id}: {survivor.what}"))
    score.changes += judged.total
    score.left += len(judged.unproven)
    score.proven += len(judged.survivors) - len(judged.unproven)
    score.wrong += (
        f"{stated[name].place}: no change that goes unnoticed is called {name!r}"
        for name in sorted(stale(judged, stated))
    )


def _result(rule: Rule, result: CaseResult) -> str:
    lines = [f"{'ok  ' if result.passed else 'FAIL'} {rule.id}: {result.case.name}"]
    return "\n".join([*lines, *(f"     {problem}" for problem in result.problems)])
