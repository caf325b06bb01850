"""Reading, splitting and checking data sets; numpy only, so that looking at data waits for no torch."""

from jrtune.data.check import check_splits, fingerprint
from jrtune.data.idx import read_idx
from jrtune.data.images import read_images
from jrtune.data.split import stratified_split

__all__ = ["check_splits", "fingerprint", "read_idx", "read_images", "stratified_split"]
