"""Hits to repeats, windows and totals."""
