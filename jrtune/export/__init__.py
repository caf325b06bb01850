"""The bundle of a chosen trial, and loading its weights elsewhere."""
