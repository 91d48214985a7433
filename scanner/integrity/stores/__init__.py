"""Where digest files, log files and public keys come from: a bucket and CloudTrail, or a folder and captured keys."""
