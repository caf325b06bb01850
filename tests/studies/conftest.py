"""The studies' networks are small: all their tests run on one thread."""

import pytest


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """As ``one_thread``, asked for by every test of this folder."""
