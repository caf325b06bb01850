"""The search: samplers, the driver, confirmation. The only part that imports Optuna's samplers and studies."""
