"""What the workflows on GitHub run: forms into records, previews, labels, pull requests, one issue a report.

Text of issues and pull requests is a stranger's: it reaches these modules in a file, is read as
data, and leaves as escaped Markdown or as an argument of a program, never through a shell.
``git`` and ``gh`` do the talking.  What a record may hold is decided elsewhere.
"""
