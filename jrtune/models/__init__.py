"""Building blocks of joint models: encoders and decoders, sharing between tasks, fusion of modalities, heads.

All are plain modules without in-place writes, buffers that training changes, or control flow that
depends on data, so that many copies run stacked under ``torch.func``.
"""

from jrtune.models.decoders.decoders import ImageDecoder, TextDecoder
from jrtune.models.decoders.heads import MapHead, PooledHead
from jrtune.models.decoders.latent import GaussianLatent
from jrtune.models.encoders.conv import ConvBlock, ConvEncoder
from jrtune.models.encoders.mlp import MLP
from jrtune.models.encoders.series import SeriesEncoder
from jrtune.models.encoders.table import Categories
from jrtune.models.encoders.text import WordBag, WordConv
from jrtune.models.fusion.forms import FUSIONS, fusion_of
from jrtune.models.fusion.modalities import ModalityDropout, only_present
from jrtune.models.meta import MAML, Reptile
from jrtune.models.point import Point
from jrtune.models.sharing.cross_stitch import CrossStitch
from jrtune.models.sharing.experts import PLE, MMoE
from jrtune.models.sharing.forms import SHARINGS, sharing_of

__all__ = [
    "FUSIONS",
    "MAML",
    "MLP",
    "PLE",
    "SHARINGS",
    "Categories",
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
