"""The kinds of log sources, one module each: none knows another."""
