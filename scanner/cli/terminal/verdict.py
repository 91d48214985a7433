"""The exit code of an assessment, and the closing line that says why."""

from collections import Counter

from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.printing import say
from scanner.model import UNREAD, UNSEEN, Assessment, Gap, Gate, Outcome, Over


def verdict(assessment: Assessment, gate: Gate, *, left_out: str = "") -> Exit:
    """What a gate is told, and one closing line that says why: the text report may be long, or not be there at all.

    Failures win over missing evidence, and looking at nothing is never clean. ``left_out`` says what was asked for and
    not judged, as a sentence without its stop ("" when all was).
    """
    code, why = judged(assessment, gate, left_out)
    say(" ".join(f"{_counts(assessment)}. {why}".split()))
    return code


def judged(assessment: Assessment, gate: Gate, left_out: str) -> tuple[Exit, str]:
    """The exit code, and the sentence that says why."""
    findings = assessment.findings
    stopping = sum(item.outcome is Outcome.FAIL and not item.passed_over(gate) for item in findings)
    faults = assessment.exceptions.faults
    if stopping or faults:
        named = "finding" if stopping == 1 else "findings"
        failed = [f"{stopping} {named} failed at or above --fail-on {gate.fail_on}"] if stopping else []
        renew = " Renew or remove the waivers that no longer count." if faults else ""
        return Exit.FINDINGS, f"Exit code 1: {'; '.join([*failed, *faults])}.{renew}"
    if assessment.summary.records == 0:
        first = f" {assessment.gaps[0].reason.rstrip('.')}." if assessment.gaps else ""
        return Exit.INCOMPLETE, f"No record was read.{first} Exit code 3: this is not a pass."
    if not any(item.outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN} for item in findings):
        return Exit.INCOMPLETE, "Exit code 3: nothing was judged; no rule found anything in scope. This is not a pass."
    below = f"nothing failed at or above --fail-on {gate.fail_on}"
    missed = [(gate.allows(because), words) for because, words in _missed(assessment, left_out)]
    if stopped_by := [words for allowed, words in missed if not allowed]:
        return Exit.INCOMPLETE, f"Exit code 3: {below}, but {'; '.join(stopped_by)}. This is not a pass."
    if missed:
        options = " and ".join(dict.fromkeys(allowed for allowed, _ in missed))
        return (
            Exit.CLEAN,
            f"Exit code 0: {below}; passed over, because {options}: {'; '.join(words for _, words in missed)}.",
        )
    return Exit.CLEAN, f"Exit code 0: {below}, and everything in scope was looked at."


def _missed(assessment: Assessment, left_out: str) -> list[tuple[tuple[str, ...], str]]:
    """What could not be judged, as (reasons ``UNREAD`` or ``UNSEEN``, the end of a sentence)."""
    unknown = [item for item in assessment.findings if item.outcome is Outcome.UNKNOWN]
    # A Region that is not enabled is not a gap in the evidence: it is out of scope, and its gap names no operation.
    gaps = [gap for gap in assessment.gaps if gap.operation]
    found: list[tuple[tuple[str, ...], str]] = [((), left_out)] if left_out else []
    if assessment.run.over is Over.FACTS:
        return [*found, ((), "not everything could be looked at")] if (gaps or unknown) and not left_out else found
    if gaps or any(UNREAD in item.because for item in unknown):
        places = sorted(set(map(_place, gaps)))
        first = f" (the first: {places[0]})" if places else ""
        found.append(
            ((UNREAD,), f"evidence was not read: {len(places)} {'gap' if len(places) == 1 else 'gaps'}{first}")
        )
    if unseen := sorted({item.rule for item in unknown if UNSEEN in item.because}):
        told = (
            f"the rule {unseen[0]} saw none of the records it judges by"
            if len(unseen) == 1
            else f"{len(unseen)} rules saw none of the records they judge by (the first: {unseen[0]})"
        )
        found.append(((UNSEEN,), told))
    if any(not item.because for item in unknown):
        found.append(((), "not every rule could be judged"))
    return found


def _place(gap: Gap) -> str:
    """Where there is a gap: the source that was not read, or the call that gave nothing."""
    source = str(gap.arguments.get("source", ""))
    return source or f"{gap.operation} in {'/'.join(filter(None, (gap.account, gap.region)))}"


def _counts(assessment: Assessment) -> str:
    """``56 fail, 0 unknown, 89 pass, 1 not applicable``."""
    from reports.wording import OUTCOME_ORDER, OUTCOME_WORDS

    shown = [outcome for outcome in OUTCOME_ORDER if outcome is not Outcome.MANUAL]
    counts = Counter(item.outcome for item in assessment.findings)
    return ", ".join(f"{counts[outcome]} {OUTCOME_WORDS[outcome]}" for outcome in shown)
