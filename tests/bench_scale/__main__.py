"""``python tests/bench_scale``."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])  # this folder is a package beside the tests' helpers
    from bench_scale.command import main

    main()
