"""Log events: records out of any of the shapes CloudTrail's are met in, judged one by one and together.

``records`` splits the bytes of one source into records and accounts for the rest; ``limits`` bounds it.
"""
