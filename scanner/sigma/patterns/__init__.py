"""Formulas as filter patterns."""
