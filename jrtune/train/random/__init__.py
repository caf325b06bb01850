"""Counter-based random numbers in the place of torch's generator. No training."""
