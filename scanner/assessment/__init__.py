"""Rules over recorded answers or log records, and what came out for findings and controls."""
