"""The query language of CloudWatch Logs Insights: queries read as far as it can be told which events they keep."""
