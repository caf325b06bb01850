"""Asking and telling: Optuna's trials, samplers by name, enqueued candidates and priors. Trains nothing."""
