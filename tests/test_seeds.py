"""Seeds: the same in every process, different for every purpose."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from jrtune.spec.seeds import derive

PURPOSES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x1f")), max_size=3)
LARGE = st.integers(0, 2**63 - 1)


@given(LARGE, PURPOSES)
def test_a_seed_is_one_that_numpy_and_torch_take(seed, purpose):
    assert 0 <= derive(seed, *purpose) < 2**32


@given(st.tuples(LARGE, PURPOSES), st.tuples(LARGE, PURPOSES))
def test_seeds_are_equal_only_where_the_purposes_are(one, other):
    assert (derive(one[0], *one[1]) == derive(other[0], *other[1])) == (one == other)


def test_seeds_of_stored_studies_stay_what_they_were():
    assert derive(0, "ask", 1) == 1198050936
    assert derive(7, "init", 12) == 3853301162


def test_seeds_do_not_depend_on_the_hash_seed_of_the_process():
    code = "from jrtune.spec.seeds import derive; print(derive(3, 'order', 4))"
    command = [sys.executable, "-c", code]
    found = {
        subprocess.run(command, env={"PYTHONHASHSEED": s}, capture_output=True, text=True, check=True).stdout
        for s in ("1", "2")
    }
    assert found == {f"{derive(3, 'order', 4)}\n"}


def test_neighbouring_purposes_do_not_collide():
    seeds = {derive(s, p, k) for s in range(10) for p in ("ask", "init", "order") for k in range(300)}
    assert len(seeds) == 10 * 3 * 300
    assert derive(1, "2", 3) != derive(12, "3") != derive(1, "23")
