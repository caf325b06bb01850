"""Asking and telling: Optuna's trials, samplers by name, enqueued candidates and priors. Nothing is trained here."""
