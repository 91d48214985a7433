"""What follows from digest files that were read: their links, the hours without one, the log files none names."""
