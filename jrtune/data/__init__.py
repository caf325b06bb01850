"""Reading, splitting and checking data sets; without torch, so that looking at data waits for none."""

from jrtune.data.checks.check import check_splits, fingerprint
from jrtune.data.checks.missing import describe_missing
from jrtune.data.features.hours import Hours, join_hourly
from jrtune.data.features.mel import log_mel
from jrtune.data.features.words import split_words, tokenise, vocabulary
from jrtune.data.readers.arff import read_arff
from jrtune.data.readers.arrays import read_arrays
from jrtune.data.readers.captions import Captions, read_captions
from jrtune.data.readers.digits import describe_digits
from jrtune.data.readers.grey import read_grey
from jrtune.data.readers.hourly_files import read_hourly
from jrtune.data.readers.idx import read_idx
from jrtune.data.readers.images import read_images
from jrtune.data.readers.pictures import read_pictures
from jrtune.data.readers.tables import column_names, read_matrix, read_table
from jrtune.data.readers.waves import Waves, read_waves
from jrtune.data.readers.windows import Windows, cut_windows, read_windows
from jrtune.data.splits.groups import group_split, runs, time_split
from jrtune.data.splits.nothing import nothing
from jrtune.data.splits.pairs import pair_by_label, thin
from jrtune.data.splits.stratified import stratified_split

__all__ = [
    "Captions",
    "Hours",
    "Waves",
    "Windows",
    "check_splits",
    "column_names",
    "cut_windows",
    "describe_digits",
    "describe_missing",
    "fingerprint",
    "group_split",
    "join_hourly",
    "log_mel",
    "nothing",
    "pair_by_label",
    "read_arff",
    "read_arrays",
    "read_captions",
    "read_grey",
    "read_hourly",
    "read_idx",
    "read_images",
    "read_matrix",
    "read_pictures",
    "read_table",
    "read_waves",
    "read_windows",
    "runs",
    "split_words",
    "stratified_split",
    "thin",
    "time_split",
    "tokenise",
    "vocabulary",
]


def __dir__() -> list[str]:
    """The public names, without the files they come from."""
    return __all__
