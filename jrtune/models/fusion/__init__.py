"""Fusion of modalities, some of which may be missing. No encoder and no loss."""
