"""Rules that select one point or a few of a front, and the reason in words. Nothing is computed here that the
analysis has."""
