"""Our own tables, beside Optuna's in the same database.

Finished Optuna trials are immutable and their attributes slow, so curves, confirmations, models and
provenance live here. A result is written here before Optuna is told of it.
"""

import sqlalchemy as sa

SCHEMA_VERSION = 3

metadata = sa.MetaData()

meta = sa.Table("jrtune_meta", metadata, sa.Column("schema_version", sa.Integer, primary_key=True))

studies = sa.Table(
    "jrtune_studies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(255), nullable=False, unique=True),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("data", sa.String(80), nullable=False),
    sa.Column("reference", sa.JSON(none_as_null=True)),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("created", sa.String(40), nullable=False),
    sa.Column("cohort", sa.Integer),
    sa.Column("stack", sa.Integer),
)


def _study_id() -> sa.Column[int]:
    return sa.Column("study_id", sa.Integer, sa.ForeignKey("jrtune_studies.id"), primary_key=True)


results = sa.Table(
    "jrtune_results",
    metadata,
    _study_id(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("source", sa.String(255), nullable=False),
    sa.Column("candidate", sa.Text, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("vals", sa.JSON, nullable=False),
    sa.Column("losses", sa.JSON, nullable=False),
    sa.Column("loss_scale", sa.JSON, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("finished", sa.String(40), nullable=False),
    # in which order results were written: jrtune.store.since
    sa.Column("saved", sa.BigInteger, nullable=False, server_default="0"),
)
sa.Index("jrtune_results_saved", results.c.study_id, results.c.saved)

curves = sa.Table(
    "jrtune_curves",
    metadata,
    _study_id(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("metrics", sa.JSON, nullable=False),
)

models = sa.Table(
    "jrtune_models",
    metadata,
    _study_id(),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("tensors", sa.LargeBinary, nullable=False),
)

confirmations = sa.Table(
    "jrtune_confirmations",
    metadata,
    _study_id(),
    sa.Column("label", sa.String(255), primary_key=True),
    sa.Column("seed", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("candidate", sa.Text, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("val", sa.JSON, nullable=False),
    sa.Column("test", sa.JSON, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

lease = sa.Table(
    "jrtune_lease",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("since", sa.String(40), nullable=False),
)

coordinators = sa.Table(
    "jrtune_coordinators",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("since", sa.String(40), nullable=False),
)

cohorts = sa.Table(
    "jrtune_cohorts",
    metadata,
    _study_id(),
    sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("coordinator", sa.Integer),
    sa.Column("finished", sa.Boolean, nullable=False),
)
# what is left to do is found without a look at all that was done
sa.Index(
    "jrtune_cohorts_open",
    cohorts.c.study_id,
    cohorts.c.index,
    postgresql_where=sa.not_(cohorts.c.finished),
    sqlite_where=sa.not_(cohorts.c.finished),
)

confirming = sa.Table(
    "jrtune_confirming",
    metadata,
    _study_id(),
    sa.Column("label", sa.String(255), primary_key=True),
    sa.Column("seed", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("coordinator", sa.Integer, nullable=False),
)
