"""Log events: CloudTrail records in any of their formats, judged singly and by thresholds.

``records`` splits the bytes of one source into records and accounts for the rest; ``limits`` bounds it.
"""
