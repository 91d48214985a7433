"""Trailwitness's reports over a finished assessment, one writer per format, and the evidence bundle.

Private: the declared API is the package ``trailwitness``. What lies here changes without notice.

A writer gets an assessment and a stream its caller opened, binary or text: ``write(assessment, out)``. It opens no
file, asks no clock and knows no exit code. Equal assessments give equal bytes.
"""
