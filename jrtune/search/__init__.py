"""The search: samplers, the driver, confirmation. Only here are Optuna's samplers imported."""
