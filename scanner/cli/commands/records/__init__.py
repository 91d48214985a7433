"""Commands that compute something of log records and judge nothing."""
