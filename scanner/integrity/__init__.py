"""Whether CloudTrail's log files are those it delivered: digest files, their signatures, their chain, and its holes.

Source: CloudTrail user guide, "Validating CloudTrail log file integrity" and "Custom implementations of CloudTrail log
file integrity validation". What is said of an object follows ``aws cloudtrail validate-logs`` in its words.
"""
