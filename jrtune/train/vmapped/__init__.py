"""Torch machinery that makes vmap right and fast: batching rules, tracing, capture, signatures. No study."""
