"""Executors: cohorts planned as data, and run by workers. The training itself is in loop and stacked."""
