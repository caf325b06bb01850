"""One file per figure; each gives a matplotlib Figure, made without pyplot so that importing is quick."""
