"""The functions of the API about assessments that are there: compared, made a baseline of, and sampled from."""

from reports.comparison.comparing import Comparison
from scanner.runs.assessments.baselines import MadeBaseline, create_baseline, update_baseline
from scanner.runs.assessments.comparing import compare_documents
from scanner.runs.assessments.sampling import Sample, draw, population_of
from trailwitness._arguments import Judged, StrPath, document_of, name_of, path_of


def diff(old: StrPath | Judged, new: StrPath | Judged) -> Comparison:
    """Compare two assessments: what fails anew, what was put right, what is out of sight, and what they were judged by.

    Each is what :func:`scan` or :func:`judge_logs` gave, a bundle, or a file that ``--output json`` wrote. Nothing is
    judged again, and what could not be looked at in ``new`` is never told as fixed (docs/comparing.md). Give the result
    to :func:`report` for text, JSON or a page.

    Raises SnapshotError for what cannot be read, and UsageError for two that have nothing in common.
    """
    return compare_documents(
        document_of(old), document_of(new), name_of(old, "the older assessment"), name_of(new, "the newer assessment")
    )


def baseline(source: StrPath | Judged, *, update: StrPath | None = None, add: bool = False) -> MadeBaseline:
    """A baseline of every failure of an assessment that no waiver covers, as the text of its file.

    ``update`` is the file of a baseline: it is taken over without the failures that are gone, and with ``add`` it knows
    the new ones too. Nothing is written. Nobody approves what a baseline holds, and no report counts it as compliant
    (docs/waivers.md).

    Raises SnapshotError, ContentError for a baseline that is wrong, and UsageError for one of other accounts.
    """
    document, known = document_of(source), path_of(update)
    return create_baseline(document) if known is None else update_baseline(known, document, add=add)


def sample(population: StrPath, *, size: int, seed: str, rule: str = "") -> Sample:
    """Draw an auditor's sample, which anybody draws again from the same population, size and seed.

    ``population`` is a bundle or a JSON report, with the ``rule`` whose verdicts are drawn from; a .csv, .jsonl,
    .ndjson or .txt file of items; or days as ``FROM..TO``. The items of the lowest SHA-256 of seed, line feed and item
    are drawn (docs/comparing.md). Give the result to :func:`report` for its record. Its ``population.missing`` says
    what the population may lack, because the assessment could not look everywhere.

    Raises UsageError and SnapshotError for what cannot be drawn from.
    """
    return draw(population_of(str(population), rule), size, seed)
