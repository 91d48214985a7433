"""CloudTrail Insights: those that AWS delivers joined into episodes, and the same computed from records.

Nothing here judges: episodes are facts that rules about Insights events judge, whoever computed them.

Source: AWS CloudTrail User Guide, "Working with CloudTrail Insights": the calls per minute of each API of an account in
a Region are compared with those of the seven days before; only calls that write count for the call rate, and calls of
every kind for the error rate.
"""
