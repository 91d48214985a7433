"""Expressions over facts: the language and its functions."""
