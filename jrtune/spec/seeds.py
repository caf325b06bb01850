"""Seeds derived from what they are for, so that a resumed run repeats an undisturbed one."""

import hashlib


def derive(seed: int, *purpose: str | int) -> int:
    """A 32-bit seed for one purpose, e.g. ``derive(study_seed, "ask", 17)``.

    SHA-256 of the parts: stable over processes, machines and Python versions, and seeds
    of neighbouring purposes are unrelated (adding numbers would make them collide).

    >>> derive(0, "ask", 1) == derive(0, "ask", 1), derive(0, "ask", 1) == derive(0, "ask", 2)
    (True, False)
    """
    text = "\x1f".join([str(seed), *map(str, purpose)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
