"""Claims: which coordinator asks for, trains and writes which cohort, and confirms what.

A cohort is a run of trial numbers that is asked for and trained together. Its row says who has claimed it;
every result is written in a transaction that locks that row and checks the claim. So a coordinator that was
taken for dead while it lived writes nothing any more, and whoever took over sees all that it wrote before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from jrtune.store import tables
from jrtune.store.coordinators import Coordinator
from jrtune.store.records import CohortRecord
from jrtune.store.server import ASKING_KEYS, is_postgres, notice_lost_clients

ASKING_SECONDS = 600
"""Seconds after which the server ends an asking that does nothing, as of a process that was stopped."""

Pair = tuple[str, int]
"""Label and seed of a confirmation."""

Also = Callable[[sa.Connection, list[int]], None]
"""Writes more in the same transaction, of the trials with these numbers."""


def _nothing(connection: sa.Connection, numbers: list[int]) -> None:
    pass


class Asking:
    """One turn of asking: what is claimed in it is there for others once the turn ends.

    Attributes:
        last: the last cohort that was asked for before; None where there is none.
    """

    def __init__(self, connection: sa.Connection, study_id: int, coordinator: int) -> None:
        self.connection, self.study_id, self.coordinator = connection, study_id, coordinator
        self.last = self._last()

    @property
    def next_index(self) -> int:
        """Index of the next cohort."""
        return self.last.index + 1 if self.last else 0

    @property
    def next_number(self) -> int:
        """Number of the next trial."""
        return self.last.first + self.last.size if self.last else 0

    def claim(self, size: int) -> CohortRecord:
        """Claims the next cohort, of ``size`` trials."""
        cohort = CohortRecord(self.next_index, self.next_number, size, self.coordinator)
        self.connection.execute(tables.cohorts.insert().values(study_id=self.study_id, **vars(cohort)))
        self.last = cohort
        return cohort

    def _last(self) -> CohortRecord | None:
        table = tables.cohorts
        query = _cohorts(self.study_id).order_by(table.c.index.desc()).limit(1)
        return next(_read(self.connection, query), None)


class Claims:
    """The claims of one coordinator on one study.

    Args:
        study_id: of the study in our tables.
        coordinator: who claims.
    """

    def __init__(self, study_id: int, coordinator: Coordinator) -> None:
        self.study_id, self.coordinator, self.engine = study_id, coordinator, coordinator.engine

    @contextmanager
    def asking(self) -> Iterator[Asking]:
        """Lets one coordinator at a time ask; all it writes through ``asking.connection`` is one transaction.

        On SQLite nobody else is there to wait for, and the file is locked from the first thing that is
        written to the end of the block: write last, and through that connection alone.
        """
        with self.engine.begin() as connection:
            if is_postgres(self.engine):
                connection.execute(
                    sa.select(
                        *notice_lost_clients(),
                        # a process that is stopped in its turn keeps nobody waiting for ever
                        sa.func.set_config("idle_in_transaction_session_timeout", f"{ASKING_SECONDS}s", True),
                        sa.func.pg_advisory_xact_lock(ASKING_KEYS, self.study_id),
                    )
                )
            yield Asking(connection, self.study_id, self.coordinator.id)

    def cohorts(self, start: int = 0) -> list[CohortRecord]:
        """The cohorts from index ``start`` on."""
        query = _cohorts(self.study_id).where(tables.cohorts.c.index >= start)
        with self.engine.connect() as connection:
            return list(_read(connection, query.order_by(tables.cohorts.c.index)))

    def unfinished(self) -> list[CohortRecord]:
        """The cohorts with results to come, whoever has claimed them."""
        query = _cohorts(self.study_id).where(sa.not_(tables.cohorts.c.finished))
        with self.engine.connect() as connection:
            return list(_read(connection, query.order_by(tables.cohorts.c.index)))

    def mine(self) -> list[CohortRecord]:
        """The unfinished cohorts of this coordinator: also one of which it was not told that it has it."""
        return [cohort for cohort in self.unfinished() if cohort.coordinator == self.coordinator.id]

    def take_over(self, count: int = 1, also: Also = _nothing) -> list[CohortRecord]:
        """Claims the first cohorts, up to ``count``, that were handed back or whose coordinators are dead.

        Results that were written of them are to be read after that: nobody else adds any.

        Args:
            count: at most so many.
            also: writes more in the same transaction, of the trials with these numbers.
        """
        table = tables.cohorts
        free = sa.or_(table.c.coordinator.is_(None), self.coordinator.is_dead(table.c.coordinator))
        query = _cohorts(self.study_id).where(sa.not_(table.c.finished), free).order_by(table.c.index)
        with self.engine.begin() as connection:
            # what another coordinator takes over right now is passed over, not waited for
            found = list(_read(connection, query.limit(count).with_for_update(skip_locked=True)))
            whose = self._of([cohort.index for cohort in found])
            if found:
                connection.execute(table.update().where(*whose).values(coordinator=self.coordinator.id))
                also(connection, _numbers(found))
        return [CohortRecord(c.index, c.first, c.size, self.coordinator.id) for c in found]

    def hand_back(self, also: Also = _nothing) -> None:
        """Lets go of all that is unfinished, for others to take over at once.

        Args:
            also: writes more in the same transaction, of the trials with these numbers.
        """
        cohorts, confirming, me = tables.cohorts, tables.confirming, self.coordinator.id
        mine = (cohorts.c.coordinator == me, sa.not_(cohorts.c.finished))
        with self.engine.begin() as connection:
            held = list(_read(connection, _cohorts(self.study_id).where(*mine).with_for_update()))
            if held:
                whose = self._of([cohort.index for cohort in held])
                connection.execute(cohorts.update().where(*whose).values(coordinator=None))
                also(connection, _numbers(held))
            connection.execute(
                confirming.delete().where(
                    confirming.c.study_id == self.study_id, confirming.c.coordinator == me
                )
            )

    def finish(self, cohort: CohortRecord) -> bool:
        """Marks a cohort as finished, again without harm; returns False where it is another coordinator's."""
        with self.engine.begin() as connection:
            return still_claimed(connection, self.study_id, cohort, finish=True)

    def confirm(self, pairs: Collection[Pair]) -> set[Pair]:
        """Claims confirmations; returns those that are this coordinator's now.

        Left out are those that are saved already, and those that a living coordinator has claimed.
        """
        done, table = tables.confirmations, tables.confirming
        with self.engine.begin() as connection:
            if is_postgres(self.engine):  # few and seldom: one at a time is simplest
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ASKING_KEYS, self.study_id)))
            saved = set(_pairs(connection, sa.select(done.c.label, done.c.seed), done, self.study_id))
            dead = table.delete().where(
                table.c.study_id == self.study_id, self.coordinator.is_dead(table.c.coordinator)
            )
            connection.execute(dead)
            query = sa.select(table.c.label, table.c.seed)
            others = query.where(table.c.coordinator != self.coordinator.id)
            held = set(_pairs(connection, others, table, self.study_id))
            mine = set(_pairs(connection, query, table, self.study_id)) - held
            claimed = set(pairs) - saved - held
            new = [
                {"study_id": self.study_id, "label": label, "seed": seed, "coordinator": self.coordinator.id}
                for label, seed in sorted(claimed - mine)
            ]
            if new:
                connection.execute(table.insert(), new)
        return claimed

    def _of(self, indices: list[int]) -> tuple[sa.ColumnElement[bool], ...]:
        return (tables.cohorts.c.study_id == self.study_id, tables.cohorts.c.index.in_(indices))


def still_claimed(
    connection: sa.Connection, study_id: int, cohort: CohortRecord, *, finish: bool = False
) -> bool:
    """Returns True where the cohort still is its coordinator's, and stays so to the transaction's end.

    Args:
        connection: in a transaction, which then holds the cohort's row.
        study_id: of the study in our tables.
        cohort: as it was claimed.
        finish: mark it as finished.
    """
    table = tables.cohorts
    mine = (
        table.c.study_id == study_id,
        table.c.index == cohort.index,
        table.c.coordinator == cohort.coordinator,
    )
    if finish:
        return connection.execute(table.update().where(*mine).values(finished=True)).rowcount == 1
    return connection.scalar(sa.select(table.c.index).where(*mine).with_for_update()) is not None


def _cohorts(study_id: int) -> sa.Select[tuple[int, int, int, int | None, bool]]:
    table = tables.cohorts
    columns = (table.c.index, table.c.first, table.c.size, table.c.coordinator, table.c.finished)
    return sa.select(*columns).where(table.c.study_id == study_id)


def _read(
    connection: sa.Connection, query: sa.Select[tuple[int, int, int, int | None, bool]]
) -> Iterator[CohortRecord]:
    for row in connection.execute(query).mappings().all():
        yield CohortRecord(**row)


def _numbers(cohorts: list[CohortRecord]) -> list[int]:
    return [number for cohort in cohorts for number in cohort.numbers]


def _pairs(
    connection: sa.Connection, query: sa.Select[tuple[str, int]], table: sa.Table, study_id: int
) -> Iterator[Pair]:
    for row in connection.execute(query.where(table.c.study_id == study_id)):
        yield row.label, row.seed
