"""The plain training loop, which defines what training a candidate means. No stack, no workers."""
