"""What a trail records."""
