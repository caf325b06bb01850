"""``python tests/bench_workers``."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # beside workers, cores are taken
        os.environ.setdefault(name, "1")
    sys.path[0] = str(Path(__file__).parents[1])  # this folder is a package beside the tests' helpers
    from bench_workers.command import main

    main()
