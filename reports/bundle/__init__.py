"""The evidence bundle: sealing it, its index and README, reading it back and checking it."""
