"""How CloudWatch evaluates an alarm: datapoints of windows that slide, missing data, states and what changed them."""
