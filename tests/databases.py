"""Where the tests keep their data: SQLite files, or with QIYING_TEST_DATABASE=postgresql a private cluster.

The cluster is made from the machine's own binaries, lives in a temporary folder, speaks through a Unix
socket only and is gone after the run. `initdb` refuses root, so it runs under the `postgres` account there.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.db import Database
from app.tables import metadata

ACCOUNT = "postgres"
SETTINGS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=120"
KIND = os.environ.get("QIYING_TEST_DATABASE", "sqlite")


class Throwaway(Database):
    """A database of the cluster that is dropped when it is closed: a thousand of them fill a disk."""

    cluster: "Cluster"

    def close(self) -> None:
        """Give the connections back and drop it."""
        super().close()
        self.cluster.drop(self.url)


class Cluster:
    """A running server; every test gets a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.has_schema = False

    def url(self, name: str) -> str:
        """SQLAlchemy's URL of one database."""
        return f"postgresql+psycopg://{ACCOUNT}@/{name}?host={self.folder}"

    def administer(self, statement: str) -> None:
        """One statement outside any transaction."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def new_database(self, template: str = "template0") -> str:
        """A database like `template`, empty by default; its URL."""
        self.count += 1
        self.administer(f"CREATE DATABASE t{self.count} TEMPLATE {template}")
        return self.url(f"t{self.count}")

    def new_schema(self, like: Database | None = None) -> Throwaway:
        """A database with every table; `like` another one that nobody is connected to: with its rows, too."""
        if like is not None:
            like.write_engine.dispose()
        database = Throwaway(self.new_database(self._schema() if like is None else _name(like)))
        database.cluster = self
        return database

    def _schema(self) -> str:
        if not self.has_schema:
            self.administer("CREATE DATABASE with_schema TEMPLATE template0")
            engine = create_engine(self.url("with_schema"))
            metadata.create_all(engine)
            engine.dispose()
            self.has_schema = True
        return "with_schema"

    def restart(self) -> None:
        """Stop the server as a crash would, and start it again; returns once it accepts connections."""
        where = binaries()
        assert where is not None
        pg_ctl, data = f"{where}/pg_ctl", str(self.folder / "data")
        options = f"{SETTINGS} -c unix_socket_directories={self.folder}"
        as_account(pg_ctl, "-D", data, "-m", "immediate", "-w", "stop", cwd=self.folder)
        as_account(
            pg_ctl, "-D", data, "-w", "-l", f"{self.folder}/log", "-o", options, "start", cwd=self.folder
        )

    def drop(self, url: str) -> None:
        """Remove a database together with whoever is still connected."""
        self.administer(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


def _name(database: Database) -> str:
    return str(database.write_engine.url.database)


def binaries() -> Path | None:
    """Where initdb is: on the path, else the newest of the usual places."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    bins = sorted(Path("/").glob("usr/lib/postgresql/*/bin/initdb")) + sorted(
        Path("/").glob("usr/pgsql-*/bin/initdb")
    )
    return bins[-1].parent if bins else None


def missing() -> str:
    """Why no cluster can be started here; empty if one can."""
    if binaries() is None:
        return "no PostgreSQL binaries (initdb) on this machine"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(ACCOUNT)
        except KeyError:
            return f"initdb refuses root and there is no account {ACCOUNT}"
        if shutil.which("runuser") is None:
            return "initdb refuses root and runuser is missing"
    return ""


def as_account(*command: str, cwd: Path) -> None:
    """Run a program of the server's, as an account it accepts."""
    prefix = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], check=True, capture_output=True, cwd=cwd, timeout=120)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server, started once; skipped with one line where it cannot be, which CI=true forbids."""
    reason = missing()
    if reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL tests must run in CI: {reason}")
        pytest.skip(f"PostgreSQL tests skipped: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="qiying-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    where = binaries()
    assert where is not None
    data = str(folder / "data")
    account = ("-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--locale=C")
    options = f"{SETTINGS} -c unix_socket_directories={folder}"
    try:
        as_account(f"{where}/initdb", "-D", data, *account, "-N", cwd=folder)
        as_account(
            f"{where}/pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start", cwd=folder
        )
        try:
            yield Cluster(folder)
        finally:
            as_account(f"{where}/pg_ctl", "-D", data, "-m", "immediate", "stop", cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def blank_database(request: pytest.FixtureRequest) -> Callable[[Path], Database]:
    """Makes databases with every table and no row: the named file, or one of the cluster's.

    Closing one of the cluster's drops it.
    """

    def make(file: Path) -> Database:
        if KIND == "postgresql":
            return request.getfixturevalue("cluster").new_schema()  # type: ignore[no-any-return]  # pytest's
        database = Database(f"sqlite:///{file}")
        metadata.create_all(database.write_engine)
        return database

    return make


@pytest.fixture(scope="session")
def copied_database(request: pytest.FixtureRequest) -> Callable[[Database, Path], Database]:
    """Makes a copy of a database that nobody writes to at the moment."""

    def copy(original: Database, file: Path) -> Database:
        if KIND == "postgresql":
            return request.getfixturevalue("cluster").new_schema(original)  # type: ignore[no-any-return]
        source = original.write_engine.url.database
        assert source is not None
        original.close()
        shutil.copy(source, file)
        return Database(f"sqlite:///{file}")

    return copy


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, for what migrates it itself."""
    if KIND != "postgresql":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    cluster = request.getfixturevalue("cluster")
    url = cluster.new_database()
    yield url
    cluster.drop(url)
