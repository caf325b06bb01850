"""Readers of files, one layout a module; they split, check and train nothing."""
