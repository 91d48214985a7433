"""Where facts come from: AWS is asked with read-only calls, and every answer is recorded before it is judged.

``table`` says which calls feed which resource type, ``run`` makes them, ``folder`` writes and reads the snapshot.
Nothing is imported here, so that reading a snapshot never loads boto3.
"""
