"""A real PostgreSQL holds exactly the star: all or nothing, twice is once, and readers only read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres_server
import psycopg
import pytest
from bi_offices import DATES, GROUPS, OPEN, PARTLY, an_office, approve, areas, let_out, subject, withdraw

from riskscreen import bi
from riskscreen.bi.layout import STAR
from riskscreen.errors import MachineError, RefusedError, UsageError
from riskscreen.governance.office import Office

pytestmark = pytest.mark.slow
Postgres = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    programs = postgres_server.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with postgres_server.server(programs) as connection:
        yield connection


@pytest.fixture
def postgres(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """A connection, with the password where a loader keeps it: in the environment."""
    monkeypatch.setenv("PGPASSWORD", server.info.password)
    yield server
    for (name,) in server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'riskscreen%'").fetchall():
        server.execute(f"DROP SCHEMA {name} CASCADE")
    for (name,) in server.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'riskscreen%'").fetchall():
        server.execute(f"DROP ROLE {name}")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return an_office(tmp_path)


def dsn(postgres: Postgres, user: str = "test") -> str:
    return f"host=127.0.0.1 port={postgres.info.port} dbname=postgres user={user}"


def second(office: Office) -> str:
    """A later release of a new card."""
    approve(office, subject(card="d"))
    changed = areas(("WK999901", 410, 33), ("WK999902", 320, 30), name="areas_open")
    return let_out(office, (changed,), card="d", time="2025-02-01T10:00:00+00:00")


def content(postgres: Postgres, schema: str = "riskscreen_public") -> dict[str, list[tuple[Any, ...]]]:
    names = [*(table.name for table in STAR), "latest", "latest_totals"]
    query = "SELECT * FROM {}.{}"
    return {name: sorted(postgres.execute(query.format(schema, name)).fetchall(), key=str) for name in names}


def test_the_database_holds_exactly_the_star(postgres: Postgres, office: Office) -> None:
    star = bi.read(office.path)
    loaded = bi.load_postgres(star, dsn(postgres))
    assert (loaded.added, loaded.kept, loaded.facts) == (star.releases, (), len(star.facts))
    held = content(postgres)
    for table in STAR:
        ours = zip(*(column.to_pylist() for column in star.tables[table.name].columns), strict=True)
        assert held[table.name] == sorted(ours, key=str), table.name
    assert len(held["latest"]) == len(star.latest())
    assert len(held["latest_totals"]) == len(star.latest(totals=True))


def test_a_second_load_changes_nothing(postgres: Postgres, office: Office) -> None:
    star = bi.read(office.path)
    bi.load_postgres(star, dsn(postgres))
    before = content(postgres)
    again = bi.load_postgres(star, dsn(postgres))
    assert (again.added, again.kept) == ((), star.releases)
    assert content(postgres) == before


def test_older_releases_are_kept_and_withdrawn_ones_are_marked(postgres: Postgres, office: Office) -> None:
    bi.load_postgres(bi.read(office.path), dsn(postgres))
    first = bi.read(office.path).newest
    newest = second(office)
    loaded = bi.load_postgres(bi.read(office.path), dsn(postgres))
    assert (loaded.added, loaded.kept, loaded.latest) == ((newest,), (first,), newest)
    assert _latest(postgres) == {newest}
    facts = postgres.execute("SELECT DISTINCT release_id FROM riskscreen_public.facts").fetchall()
    assert {name for (name,) in facts} == {first, newest}
    withdraw(office)
    loaded = bi.load_postgres(bi.read(office.path), dsn(postgres))
    assert (loaded.added, loaded.kept, loaded.removed) == ((), (first,), (newest,))
    assert _latest(postgres) == {first}
    marks = postgres.execute("SELECT release_id, withdrawn FROM riskscreen_public.releases").fetchall()
    assert dict(marks) == {first: False, newest: True}
    facts = postgres.execute("SELECT DISTINCT release_id FROM riskscreen_public.facts").fetchall()
    assert facts == [(first,)], "figures that were recalled leave the database too"


def test_a_load_that_fails_leaves_nothing_half_written(postgres: Postgres, office: Office) -> None:
    bi.load_postgres(bi.read(office.path), dsn(postgres))
    before = content(postgres)
    second(office)
    postgres.execute(
        "CREATE FUNCTION riskscreen_public.refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''disk full''; END'"
    )
    postgres.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON riskscreen_public.totals EXECUTE FUNCTION riskscreen_public.refuse()"
    )
    with pytest.raises(MachineError, match="disk full; nothing was changed"):
        bi.load_postgres(bi.read(office.path), dsn(postgres))
    assert content(postgres) == before
    postgres.execute("DROP TRIGGER refuse ON riskscreen_public.totals")
    assert len(bi.load_postgres(bi.read(office.path), dsn(postgres)).added) == 1


def test_a_first_load_that_fails_leaves_no_schema(postgres: Postgres, office: Office) -> None:
    postgres.execute("DROP ROLE IF EXISTS riskscreen_weak")
    postgres.execute(f"CREATE ROLE riskscreen_weak LOGIN PASSWORD '{postgres.info.password}'")
    postgres.execute("GRANT CREATE ON DATABASE postgres TO riskscreen_weak")
    try:
        with pytest.raises(MachineError, match="does not allow it") as refused:
            bi.load_postgres(bi.read(office.path), dsn(postgres, "riskscreen_weak"))
        assert "CREATE ROLE ... NOLOGIN" in str(refused.value), "it may make a schema, but no role for the readers"
        assert _schemas(postgres) == set()
    finally:
        postgres.execute("DROP OWNED BY riskscreen_weak CASCADE")
        postgres.execute("DROP ROLE riskscreen_weak")


def test_a_killed_load_leaves_what_was_there(postgres: Postgres, office: Office) -> None:
    """The server ends the loader's connection while it waits for its turn, in the middle of its transaction."""
    bi.load_postgres(bi.read(office.path), dsn(postgres))
    before = content(postgres)
    second(office)
    errors: list[BaseException] = []

    def load() -> None:
        try:
            bi.load_postgres(bi.read(office.path), dsn(postgres))
        except MachineError as error:
            errors.append(error)

    with psycopg.connect(dsn(postgres)) as blocker:
        blocker.execute("LOCK TABLE riskscreen_public.facts IN SHARE ROW EXCLUSIVE MODE")
        thread = threading.Thread(target=load)
        thread.start()
        _kill_waiting(postgres)
        thread.join(30)
    assert len(errors) == 1
    assert content(postgres) == before


def test_two_loads_at_once_wait_for_one_another(postgres: Postgres, office: Office) -> None:
    star = bi.read(office.path)
    results: list[bi.Loaded] = []
    threads = [threading.Thread(target=lambda: results.append(bi.load_postgres(star, dsn(postgres)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(len(loaded.added) for loaded in results) == [0, 0, 1]
    assert len(content(postgres)["facts"]) == len(star.facts)


def test_readers_read_and_nothing_else(postgres: Postgres, office: Office) -> None:
    bi.load_postgres(bi.read(office.path), dsn(postgres))
    bi.load_postgres(bi.read(office.path, channel="internal"), dsn(postgres))
    with postgres.transaction():
        postgres.execute("SET LOCAL ROLE riskscreen_public_reader")
        assert postgres.execute("SELECT count(*) FROM riskscreen_public.latest").fetchone() != (0,)
    for statement in (
        "INSERT INTO riskscreen_public.about VALUES ('x', 'y')",
        "UPDATE riskscreen_public.facts SET value = 0",
        "DELETE FROM riskscreen_public.totals",
        "TRUNCATE riskscreen_public.facts",
        "CREATE TABLE riskscreen_public.mine (x int)",
        "DROP VIEW riskscreen_public.latest",
        "SELECT * FROM riskscreen_internal.latest",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _as_reader(postgres, statement)
    login = postgres.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'riskscreen_public_reader'").fetchone()
    assert login == (False,)


def test_one_schema_holds_one_channel(postgres: Postgres, office: Office) -> None:
    bi.load_postgres(bi.read(office.path), dsn(postgres), schema="riskscreen_here")
    with pytest.raises(RefusedError, match="holds the public channel"):
        bi.load_postgres(bi.read(office.path, channel="internal"), dsn(postgres), schema="riskscreen_here")
    bi.load_postgres(bi.read(office.path, channel="internal"), dsn(postgres))
    assert _schemas(postgres) == {"riskscreen_here", "riskscreen_internal"}


def test_a_ledger_whose_end_was_cut_off_is_noticed(postgres: Postgres, office: Office) -> None:
    """Who cuts the end of a ledger can put back its anchor too; a database that was loaded before still shows it."""
    files = (office.ledger.path, office.ledger.anchor)
    before = [file.read_text(encoding="utf-8") for file in files]
    newest = second(office)
    bi.load_postgres(bi.read(office.path), dsn(postgres))
    for file, text in zip(files, before, strict=True):
        file.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedError, match=f"does not know: {newest}"):
        bi.load_postgres(bi.read(office.path), dsn(postgres))


def test_a_release_that_was_withdrawn_can_be_released_and_loaded_again(postgres: Postgres, office: Office) -> None:
    star = bi.read(office.path)
    bi.load_postgres(star, dsn(postgres))
    withdraw(office)
    loaded = bi.load_postgres(bi.read(office.path), dsn(postgres))
    assert (loaded.added, loaded.removed, loaded.latest, loaded.facts) == ((), star.releases, "", 0)
    marks = postgres.execute(
        "SELECT withdrawn, loaded, is_latest, notice_en FROM riskscreen_public.releases"
    ).fetchall()
    assert marks == [(True, False, False, "All families are synthetic.")]
    approve(office, subject())
    let_out(office, (OPEN, PARTLY, DATES), beside=(GROUPS,))
    again = bi.read(office.path)
    loaded = bi.load_postgres(again, dsn(postgres))
    assert (loaded.added, loaded.latest, loaded.facts) == (star.releases, star.newest, len(star.facts))


def test_columns_are_described_in_both_languages(postgres: Postgres, office: Office) -> None:
    bi.load_postgres(bi.read(office.path), dsn(postgres))
    said = postgres.execute("SELECT col_description('riskscreen_public.facts'::regclass, 7)").fetchone()
    assert said is not None
    assert "figure" in said[0]
    assert "cijfer" in said[0]


def test_a_password_is_in_no_message(postgres: Postgres, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    star = bi.read(office.path)
    monkeypatch.delenv("PGPASSWORD")
    for given in (
        f"{dsn(postgres)} password=hush-hush",
        f"postgresql://test:hush-hush@127.0.0.1:{postgres.info.port}/postgres",
        "host=127.0.0.1 hush-hush",
    ):
        with pytest.raises((MachineError, UsageError)) as refused:
            bi.load_postgres(star, given)
        assert "hush" not in str(refused.value)
        assert refused.value.__suppress_context__


@pytest.mark.parametrize("name", ["a; DROP TABLE x", "A", '"', ""])
def test_names_that_are_not_plain_are_refused(office: Office, name: str) -> None:
    with pytest.raises(UsageError, match="schema"):
        bi.load_postgres(bi.read(office.path), schema=name)
    with pytest.raises(UsageError, match="reader"):
        bi.load_postgres(bi.read(office.path), reader=name)


def _as_reader(postgres: Postgres, statement: str) -> None:
    with postgres.transaction():
        postgres.execute("SET LOCAL ROLE riskscreen_public_reader")
        postgres.execute(statement)


def _latest(postgres: Postgres) -> set[str]:
    return {name for (name,) in postgres.execute("SELECT DISTINCT release_id FROM riskscreen_public.latest").fetchall()}


def _schemas(postgres: Postgres) -> set[str]:
    rows = postgres.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'riskscreen%'").fetchall()
    return {name for (name,) in rows}


def _kill_waiting(postgres: Postgres) -> None:
    """End the one connection that waits for a lock."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    for _ in range(300):
        if postgres.execute(query).fetchall():
            return
        postgres.execute("SELECT pg_sleep(0.1)")
    raise AssertionError("the load did not wait")
