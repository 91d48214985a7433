"""What an alarm means: its metric, the points it judges, its rule, and whether it can ever ring."""
