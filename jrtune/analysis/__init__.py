"""Analysis of a study's results: its front, and how far it can be believed."""
