"""Many candidates as one program: cohorts, the stack of their parameters, and its fastest correct step."""
