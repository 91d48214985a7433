"""What concerns single log groups beyond their own settings: what is masked in them, and what they forward."""
