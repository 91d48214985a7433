"""Texts of any language: patterns with wildcards, and characters that are not seen."""
