"""Sigma rule files, read into formulas and thresholds."""
