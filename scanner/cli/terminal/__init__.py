"""What a command shows and where it writes: safe text, a progress bar, reports, the closing line."""
