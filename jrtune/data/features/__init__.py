"""Signals and texts as numbers a network can take; reads no files."""
