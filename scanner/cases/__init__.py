"""Rule cases: recorded answers written by hand, the rule judged over them, and the outcome it must have.

A case starts from a base (a shared ``.calls.yaml`` file, the calls of its own file), changes it, and names what it
expects. A change that changes nothing (an operation that is not there, a pointer that leads nowhere) is an error: a
case that tests something else than it says is worse than none.
"""

from scanner.cases.calls import CaseCall
from scanner.cases.files import Case, Equivalent, Expectation, cases_file, load_cases, load_equivalents
from scanner.cases.run import CaseResult, case_snapshot, run_case, run_cases

__all__ = [
    "Case",
    "CaseCall",
    "CaseResult",
    "Equivalent",
    "Expectation",
    "case_snapshot",
    "cases_file",
    "load_cases",
    "load_equivalents",
    "run_case",
    "run_cases",
]
