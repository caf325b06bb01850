"""Decoders and heads: features to outputs. No loss."""
