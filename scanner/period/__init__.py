"""A period looked back on: the evidence of it, and measures that say what it shows.

``evidence`` (what was gathered, each part with what is missing of it) < ``measured`` (what a measure gives) <
``measures`` (one module per measure, and the mapping of them all). Nothing here reads a file or asks AWS: the rooms
above gather the evidence, and ``written`` turns it into plain JSON and back.
"""
