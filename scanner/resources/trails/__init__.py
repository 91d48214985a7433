"""What trails are there, what they record together, and the organization they may record for."""
