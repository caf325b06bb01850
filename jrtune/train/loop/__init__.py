"""The plain training loop, which defines what training a candidate means, and its pieces. No stack, no workers."""
