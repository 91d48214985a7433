"""The same over log records: opening sources, judging them, profiles, bundles with logs, and judging them again."""
