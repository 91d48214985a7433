"""From a snapshot and log sources to a replay, and how it is told."""
