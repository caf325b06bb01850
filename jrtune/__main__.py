"""``jrtune`` and ``python -m jrtune``."""

import os
import sys


def run() -> None:
    """Runs the command line and ends the process."""
    from jrtune.cli import main

    status = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)  # torch and its threads take a while to be torn down, and nothing is left to do


if __name__ == "__main__":
    run()
