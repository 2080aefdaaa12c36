"""Both databases: a SQLite file, and a private PostgreSQL cluster from the machine's own binaries.

The cluster lives in a temporary folder, speaks through a Unix socket only and is gone after the session.
`initdb` refuses root, so it runs under the `postgres` account there.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session

from app.db import Database
from app.directory.models import Area, Assignment, Contact, Coordinator, Department, Enterprise, Officer
from app.migrations import runner

ACCOUNT = "postgres"


def at(moment: str) -> datetime:
    """`2026-11-20 10:00` in China as an aware UTC moment."""
    local = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return local.astimezone(UTC)


@dataclass
class Cluster:
    """A running server; every test gets a database of its own."""

    folder: Path
    count: int = 0

    def url(self, name: str) -> str:
        """SQLAlchemy's URL of one database."""
        return f"postgresql+psycopg://{ACCOUNT}@/{name}?host={self.folder}"

    def new_database(self) -> str:
        """An empty database; its URL."""
        self.count += 1
        name = f"t{self.count}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)


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
    data = folder / "data"
    try:
        as_account(
            f"{where}/initdb",
            "-D",
            str(data),
            "-A",
            "trust",
            "-U",
            ACCOUNT,
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
            cwd=folder,
        )
        options = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=120"
        )
        as_account(
            f"{where}/pg_ctl",
            "-D",
            str(data),
            "-w",
            "-l",
            f"{folder}/log",
            "-o",
            options,
            "start",
            cwd=folder,
        )
        try:
            yield Cluster(folder)
        finally:
            as_account(f"{where}/pg_ctl", "-D", str(data), "-m", "immediate", "stop", cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes databases with the schema and the cast, on each kind of server."""
    made: list[Database] = []

    def make() -> Database:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path}/t{len(made)}.db"
        else:
            url = request.getfixturevalue("cluster").new_database()
        database = Database(url)
        made.append(database)
        runner.upgrade(database)
        with database.transaction() as session:
            populate(session)
        return database

    yield make
    for database in made:
        database.close()


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    return new_database()


def populate(session: Session) -> None:
    """Two officers who stand in for each other, two departments, three enterprises, two of them served."""
    since = at("2026-01-05 09:00")
    session.add(Area(code="A", name="一片区", kind="一级片区", leader="郑主任"))
    for number, name in ((1, "住建委"), (2, "交通局")):
        session.add(Department(id=number, name=name))
    session.flush()
    for number, name in ((1, "李专员"), (2, "周专员")):
        session.add(Coordinator(id=number, department_id=number, name=name, openid=f"o-coordinator{number}"))
    for number, name in ((1, "王服务"), (2, "刘服务")):
        session.add(
            Officer(id=number, staff_no=f"00{number}", name=name, area_code="A", openid=f"o-officer{number}")
        )
    for number in (1, 2, 3):
        session.add(
            Enterprise(
                id=number,
                credit_code=f"9112000000000000{number:02d}",
                name=f"测试{number}号公司",
                kind="企业",
                area_code="A",
                updated_at=since,
            )
        )
    session.flush()
    session.get_one(Officer, 1).stand_in_id = 2
    session.get_one(Officer, 2).stand_in_id = 1
    for number in (1, 2):
        session.add(Assignment(enterprise_id=number, officer_id=number, since=since))
    for openid, enterprise_id in (("o-boss", 1), ("o-other", 2)):
        session.add(Contact(openid=openid, enterprise_id=enterprise_id, since=since, verified_at=since))
