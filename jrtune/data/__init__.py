"""Reading, splitting and checking data sets; without torch, so that looking at data waits for none."""

from jrtune.data.arff import read_arff
from jrtune.data.arrays import read_arrays
from jrtune.data.captions import Captions, read_captions
from jrtune.data.check import check_splits, fingerprint
from jrtune.data.digits import describe_digits
from jrtune.data.grey import read_grey
from jrtune.data.groups import group_split, runs, time_split
from jrtune.data.hourly_files import read_hourly
from jrtune.data.hours import Hours, join_hourly
from jrtune.data.idx import read_idx
from jrtune.data.images import read_images
from jrtune.data.mel import log_mel
from jrtune.data.missing import describe_missing
from jrtune.data.nothing import nothing
from jrtune.data.pairs import pair_by_label, thin
from jrtune.data.pictures import read_pictures
from jrtune.data.split import stratified_split
from jrtune.data.tables import column_names, read_matrix, read_table
from jrtune.data.waves import Waves, read_waves
from jrtune.data.windows import Windows, cut_windows, read_windows
from jrtune.data.words import split_words, tokenise, vocabulary

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
