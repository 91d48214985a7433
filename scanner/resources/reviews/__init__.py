"""What reviews audit logs instead of an alarm: queries, Contributor Insights rules and anomaly detectors."""
