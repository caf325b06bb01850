"""The database: Optuna's storage opened the safe way, and our own tables beside it."""
