"""Executors: planning of cohorts and running them on workers. The training itself is in loop and stacked."""
