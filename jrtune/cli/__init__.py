"""The command line: names to functions; it decides nothing."""

from jrtune.cli.app import main

__all__ = ["main"]
