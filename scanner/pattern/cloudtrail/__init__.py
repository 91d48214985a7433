"""What is known about CloudTrail: its API names, everyday records and what it always writes."""
