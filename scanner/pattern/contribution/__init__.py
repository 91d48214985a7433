"""Rules of CloudWatch Contributor Insights: their definitions, and what a record adds to one of them."""
