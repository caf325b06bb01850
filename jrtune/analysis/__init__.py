"""What the results say: the front of a study, and how far it can be believed."""
