"""A period in one assessment: its bundles, digest chains, log records and replay, judged together and sealed.

``inputs`` (what is asked for, and where it lies) < ``gathering`` (the evidence of it) < ``assessing`` (judged and put
together) < ``sealing`` (into a bundle) and ``reproduction`` (out of one, again).
"""
