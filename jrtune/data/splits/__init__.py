"""Splits, windows and pairs of samples that are at hand; reads no files."""
