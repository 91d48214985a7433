"""What watches a log group: its metric filters, their alarms, and the topics that tell somebody."""
