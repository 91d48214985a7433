"""How values are written in patterns: wildcards, numbers and regular expressions."""
