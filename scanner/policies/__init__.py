"""Policies: their statements and conditions, who is let in, and what a service may do."""
