"""The assessment as a JSON document, written and read back: the one truth every other report repeats."""
