"""One file a figure, each ending in its FIGURE, and their list; no pyplot, and nothing here writes a file."""
