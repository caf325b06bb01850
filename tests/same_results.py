"""Compares two databases of one study, bit for bit: a change that should not alter results must not.

::

    python tests/same_results.py BEFORE.db AFTER.db

Compared are trials (candidate, status, epoch, values, losses), every epoch of their curves, the saved
parameters, and confirmations; times, versions and messages may differ. Databases of version 1 are read too.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

# what version 1 called it -> what it is called now
COLUMNS = {"origin": "source", "ending": "status", "figures": "metrics"}
NOT_COMPARED = {"seconds", "finished", "message", "study_id", "saved"}
TABLES = ("jrtune_results", "jrtune_curves", "jrtune_models", "jrtune_confirmations")
VALUES = {"twin": "control"}


def contents(path: str | Path) -> dict[str, list[dict[str, object]]]:
    """Table -> its rows in the order of their keys, as version 2 names them."""
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return {table: _rows(connection, table) for table in TABLES}
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, object]]:
    found = [
        {
            COLUMNS.get(name, name): _value(value)
            for name, value in dict(row).items()
            if name not in NOT_COMPARED
        }
        for row in connection.execute(f"SELECT * FROM {table}")
    ]
    return sorted(found, key=lambda row: [str(row.get(k)) for k in ("label", "seed", "number", "epoch")])


def _value(value: object) -> object:
    if isinstance(value, str) and value.startswith(("{", "[")):
        return json.loads(value)
    return VALUES.get(value, value) if isinstance(value, str) else value


def differences(before: str | Path, after: str | Path) -> list[str]:
    """A line for each difference; empty where both hold the same results."""
    one, other = contents(before), contents(after)
    lines = []
    for table in TABLES:
        if len(one[table]) != len(other[table]):
            lines.append(f"{table}: {len(one[table])} rows before, {len(other[table])} after")
            continue
        for row, new in zip(one[table], other[table], strict=True):
            lines += [
                f"{table} {row.get('label', row.get('number'))}: {name} differs"
                for name in sorted({*row, *new})
                if row.get(name) != new.get(name)
            ]
    return lines


def main(before: str, after: str) -> int:
    """Prints what differs, or how much is the same; the exit status."""
    lines = differences(before, after)
    counts = ", ".join(
        f"{len(rows)} {table.removeprefix('jrtune_')}" for table, rows in contents(after).items()
    )
    print("\n".join(lines[:20]) if lines else f"the same, bit for bit: {counts}")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
