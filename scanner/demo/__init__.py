"""The demo account, which is written to a local endpoint only."""
