"""What all tests share: helper modules of this folder can be imported by name; examples have no deadline."""

import sys
from pathlib import Path

import pytest
import torch
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# a busy machine and a first import are slow without being wrong; pytest-timeout catches what hangs
settings.register_profile("jrtune", deadline=None)
settings.load_profile("jrtune")


@pytest.fixture(autouse=True)
def _one_thread():
    """Operations this small are slower on two threads, thrice as slow where tests run beside each other."""
    torch.set_num_threads(1)


@pytest.fixture
def two_threads(_one_thread):
    """A search then has two workers, as on a machine with two cores."""
    torch.set_num_threads(2)


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory):
    """What a reader of the first guide has at its end; to be copied, not changed."""
    from guides import finished_study

    folder = tmp_path_factory.mktemp("finished")
    finished_study(folder)
    return folder


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server, started at its first use; tests may stop, kill and start it."""
    from postgres import missing, running_server

    if reason := missing():
        pytest.skip(reason)
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres):
    """The URL of a new database on the server, which runs."""
    return postgres.new_database()


@pytest.fixture
def no_new_methods():
    """Balancing methods that an example registers are forgotten after it."""
    from jrtune.losses.balancing import _METHODS

    before = dict(_METHODS)
    yield
    _METHODS.clear()
    _METHODS.update(before)
