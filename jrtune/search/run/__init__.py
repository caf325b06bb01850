"""A run of a study: configuration, session, driver, confirmation, comparison, progress. No sampler."""
