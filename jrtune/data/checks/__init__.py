"""Checks of a study's data before anything is trained on it, and their fingerprint; changes nothing."""
