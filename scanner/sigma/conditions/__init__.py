"""What a Sigma rule asks, as a formula over fields."""
