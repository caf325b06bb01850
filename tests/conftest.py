"""What all tests share: helper modules of this folder can be imported by name; examples have no deadline."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# a busy machine and a first import are slow without being wrong; pytest-timeout catches what hangs
settings.register_profile("jrtune", deadline=None)
settings.load_profile("jrtune")
