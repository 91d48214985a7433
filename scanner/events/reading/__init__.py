"""Bytes to records. Knows no rule."""
