"""A front, a chosen point and a comparison as Python objects that notebooks show; nothing here trains."""
