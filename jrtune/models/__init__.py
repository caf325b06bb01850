"""Building blocks of joint models: encoders and decoders, sharing between tasks, fusion of modalities, heads.

All are plain modules without in-place writes, buffers that training changes, or control flow that
depends on data, so that many copies run stacked under ``torch.func``.
"""

from jrtune.models.conditioned import Conditioned
from jrtune.models.conv import ConvBlock, ConvEncoder
from jrtune.models.cross_stitch import CrossStitch
from jrtune.models.decoders import ImageDecoder, TextDecoder
from jrtune.models.experts import PLE, MMoE
from jrtune.models.fusion import FUSIONS, fusion_of
from jrtune.models.heads import MapHead, PooledHead
from jrtune.models.latent import GaussianLatent
from jrtune.models.meta import MAML, Reptile
from jrtune.models.mlp import MLP
from jrtune.models.modalities import ModalityDropout, only_present
from jrtune.models.point import Point
from jrtune.models.series import SeriesEncoder
from jrtune.models.sharing import SHARINGS, sharing_of
from jrtune.models.table import Categories
from jrtune.models.text import WordBag, WordConv

__all__ = [
    "FUSIONS",
    "MAML",
    "MLP",
    "PLE",
    "SHARINGS",
    "Categories",
    "Conditioned",
    "ConvBlock",
    "ConvEncoder",
    "CrossStitch",
    "GaussianLatent",
    "ImageDecoder",
    "MMoE",
    "MapHead",
    "ModalityDropout",
    "Point",
    "PooledHead",
    "Reptile",
    "SeriesEncoder",
    "TextDecoder",
    "WordBag",
    "WordConv",
    "fusion_of",
    "only_present",
    "sharing_of",
]


def __dir__() -> list[str]:
    """The public names, without the files they come from."""
    return __all__
