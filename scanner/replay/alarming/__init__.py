"""What becomes of what filters publish: datapoints, alarms, composite alarms, and whether they act."""
