"""Slides and papers of a session: what may be one, and how it leaves."""
