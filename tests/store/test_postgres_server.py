"""The server that tests start: it runs, and can be taken away and brought back with what it holds."""

import pytest
import sqlalchemy as sa


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_server_comes_back_with_what_it_holds(postgres, postgres_url, end):
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t AS SELECT 1 AS x"))
    getattr(postgres, end)()
    assert not postgres.is_running
    with pytest.raises(sa.exc.OperationalError):
        engine.connect().execute(sa.text("SELECT x FROM t"))
    postgres.start()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT x FROM t")) == 1
    engine.dispose()


def test_each_test_has_a_database_of_its_own(postgres, postgres_url):
    assert postgres.new_database() != postgres_url
