"""Signatures of an evidence bundle: DSSE envelopes over in-toto statements, in a folder that no manifest lists."""
