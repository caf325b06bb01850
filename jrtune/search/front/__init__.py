"""The parts of the front sampler: columns, history, surrogate, candidates, what each is worth."""
