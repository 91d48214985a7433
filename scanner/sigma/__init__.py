"""Sigma rules for CloudTrail turned into log-event rules: exactly, or not at all.

What a Sigma condition means and how it is written as filter patterns is stated in ``docs/sigma.md``. pySigma, an
optional dependency, parses detections and conditions; it is imported when the first folder is read.
"""

from scanner.sigma.folder import load_sigma
from scanner.sigma.outcome import Notice, Refusal, SigmaImport

__all__ = ["Notice", "Refusal", "SigmaImport", "load_sigma"]
