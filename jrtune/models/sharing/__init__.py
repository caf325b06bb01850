"""Layers shared between tasks, in one form. No encoder and no loss."""
