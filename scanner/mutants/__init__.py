"""Rules changed on purpose, one condition at a time: a change that no case notices shows what the cases do not test.

The idea is mutation testing (DeMillo, Lipton and Sayward, "Hints on test data selection", 1978).
"""

from scanner.mutants.judging import Judged, Survivor, judge_mutants, stale
from scanner.mutants.kinds import mutants_of
from scanner.mutants.mutant import Mutant

__all__ = ["Judged", "Mutant", "Survivor", "judge_mutants", "mutants_of", "stale"]
