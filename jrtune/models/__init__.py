"""Building blocks of joint models: encoders, sharing between tasks, heads.

All are plain modules without in-place writes, buffers that training changes, or control flow that
depends on data, so that many copies run stacked under ``torch.func``.
"""

from jrtune.models.conditioned import Conditioned
from jrtune.models.conv import ConvBlock, ConvEncoder
from jrtune.models.cross_stitch import CrossStitch
from jrtune.models.heads import MapHead, PooledHead

__all__ = ["Conditioned", "ConvBlock", "ConvEncoder", "CrossStitch", "MapHead", "PooledHead"]
