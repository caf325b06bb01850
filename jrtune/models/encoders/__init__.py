"""Encoders: pictures, series, tables and texts to features. No task and no loss."""
