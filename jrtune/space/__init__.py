"""The space of a study: the simplex of weightings, choices, and conditional parts."""
