"""Every format that an assessment is written in. A new one is a module here, a line in ``FORMATS`` and a golden file.

The help of the command, the reports that a bundle carries and the lines of its README derive from the mapping.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reports.formats import assessment_json, findings_csv, html, text, xlsx
from reports.formats.ci import github, gitlab, junit, markdown
from reports.formats.standards import asff, hdf, ocsf, sarif
from reports.formats.standards.oscal import components, results
from reports.streams import Stream
from scanner.model import Assessment, Gate, Over

Writer = Callable[[Assessment, Stream], None]
"""Writes a finished assessment to an open stream."""

GatedWriter = Callable[[Assessment, Stream, Gate, str], None]
"""Writes one that marks what stops a gate, and nothing else, as failed. The last argument says why the whole run is
incomplete ("" when it is not): where no finding shows it, the report does."""

PartsWriter = Callable[[Assessment], Iterable[tuple[str, bytes]]]
"""Gives a finished assessment as several files, each with its name, where readers take no more than so much of one."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format of a report.

    ``sealed_as`` is the name of its file in an evidence bundle ("" when a bundle does not carry it) and ``contents``
    what that file is, as a line of the bundle's README. A format that a CI server takes for the gate itself has a
    ``write_gated`` beside ``write``, which marks every failure and every unknown. One that leads a reader to the files
    beside it in a bundle has a ``write_sealed`` for that place. What readers take in several
    files has ``write_parts``, and its path is a folder. One that is ``binary`` is for no terminal, and one that needs
    what need not be installed has a ``check``, which raises UsageError with what to install. ``over`` is what an
    assessment may be of. ``standard`` names what it can be checked against ("" when that is only our own word), and
    ``extra`` the extra of the package that it takes ("" when none).
    """

    write: Writer
    sealed_as: str
    contents: str
    write_gated: GatedWriter | None = None
    write_sealed: Writer | None = None
    write_parts: PartsWriter | None = None
    binary: bool = False
    check: Callable[[], None] | None = None
    over: frozenset[Over] = frozenset(Over)
    standard: str = ""
    extra: str = ""


FORMATS: Mapping[str, Format] = {
    "json": Format(
        assessment_json.write,
        "assessment.json",
        "the result: findings, controls, gaps, rules, evidence. All reports repeat it",
        standard="our JSON Schema, `trailwitness rules schema assessment`",
    ),
    "text": Format(text.write, "summary.txt", "the result for a reader"),
    "html": Format(
        html.write,
        "report.html",
        "the result for a person, to be opened in a browser: causes, controls, findings and evidence",
        write_sealed=html.write_sealed,
        standard="HTML5, one file that loads nothing",
    ),
    "csv": Format(
        findings_csv.write, "findings.csv", "one row per finding, for a spreadsheet", standard="RFC 4180, in UTF-8"
    ),
    "xlsx": Format(
        xlsx.write,
        "",
        "a workbook: findings, controls, population, evidence, gaps and waivers as sheets",
        binary=True,
        check=xlsx.check,
        standard="Office Open XML, as Excel and LibreOffice read it",
        extra="xlsx",
    ),
    "junit": Format(
        junit.write,
        "junit.xml",
        "one test case per finding, for a CI server",
        junit.write,
        standard="the schemas of the Jenkins xUnit plugin and of Maven Surefire",
    ),
    "github": Format(
        github.write,
        "",
        "annotations of a GitHub Actions job",
        github.write,
        standard="workflow commands of GitHub Actions",
    ),
    "gitlab": Format(
        gitlab.write,
        "",
        "code quality issues for a GitLab merge request",
        gitlab.write,
        standard="the code quality report of GitLab",
    ),
    "markdown": Format(
        markdown.write,
        "",
        "a summary for a pull request or a job",
        markdown.write,
        standard="GitHub Flavored Markdown, less than 65,000 bytes",
    ),
    "oscal": Format(
        results.write,
        "",
        "OSCAL assessment results, for tools of governance and for authorizing officials",
        standard="OSCAL 1.2.1, assessment results",
    ),
    "oscal-components": Format(
        components.write,
        "",
        "the rules as an OSCAL component definition: which rule supports which control",
        standard="OSCAL 1.2.1, component definition",
    ),
    "ocsf": Format(
        ocsf.write,
        "",
        "one OCSF Compliance Finding per finding, for a SIEM or a data lake",
        standard="OCSF 1.5.0, Compliance Finding (class 2003)",
    ),
    "asff": Format(
        asff.write,
        "",
        "requests that import the findings into AWS Security Hub; a folder, one file per request",
        write_parts=asff.write_parts,
        standard="AWS Security Finding Format, requests of `BatchImportFindings`",
    ),
    "hdf": Format(
        hdf.write,
        "",
        "the Heimdall Data Format, for MITRE Heimdall",
        standard="Heimdall Data Format (InSpec `exec-json`)",
    ),
    "sarif": Format(
        sarif.write,
        "",
        "SARIF of log records, located in the files that hold them",
        over=frozenset({Over.RECORDS}),
        standard="SARIF 2.1.0",
    ),
}
"""Every format by the name that the command line knows it by, in the order in which they are listed."""
