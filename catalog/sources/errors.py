"""What a source's failure is called: one exception whose message is for the person who asked."""

from __future__ import annotations


class SourceError(Exception):
    """A source gave no usable answer; the message says what happened, in words, without any secret."""


class NotFoundError(SourceError):
    """The source answered, and does not know what was asked for."""
