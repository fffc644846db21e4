"""Fewer Tokens: one record's way from YAML to list, page, feed and export.

This package is the engine.  It knows what a paper record is, and nothing about
the topic that a catalogue collects: topic, vocabulary and wording live in
``papers/`` and ``site_templates/``.
"""
