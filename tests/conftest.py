"""Fixtures on a real PostgreSQL, for every test that needs a database.

The server is the embedded one in a temporary folder, or the one at ``DIALBOARD_TEST_DATABASE_URL`` (a role that may
create databases; a superuser's is only used to make them). Tables are migrated once, into a template that every other
database is copied from. The shared engine works as the role that serves, with its
grants alone, as in production; the addresses are those of the role that owns the tables.

=====================  ==========  =================================================================================
fixture                made per    what it is
=====================  ==========  =================================================================================
``database_url``       session     the shared, migrated database, as a ``sqlalchemy.URL``
``engine``             session     an ``AsyncEngine`` on it, of the role that serves
``sessions``           session     ``models.sessions.Sessions`` on that engine
``project_id``         test        the id of a new, empty project in it: cheap, and what keeps tests apart
``other_project_id``   test        a second one, for tests of isolation
``statements``         test        records the SQL that ``engine`` runs; printed when the test fails
``new_database``       session     a function that makes a further migrated database and returns its URL
``own_database_url``   test        a migrated database that no other test sees
``empty_database_url`` test        the same without any table
=====================  ==========  =================================================================================
"""

import gc
import logging
import os
import signal
import tempfile
import uuid
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings
from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from models.project import Project
from models.sessions import Sessions
from models.signing import SERVING, Serving
from server.owner import owner_of
from server.postgres.binary_results import BinaryCursor
from server.postgres.embedded import ROLE, SERVING_ROLE, SUPERUSER, EmbeddedPostgres
from server.postgres.roles import Addresses, prepare
from tests import imports
from tests.fuzzing import FEW, IS_LONG, IS_QUICK
from tests.recorded_statements import Recorded

# Where a change is judged, the same examples each time; elsewhere new ones, which hypothesis prints when they fail.
settings.register_profile("ci", derandomize=True)
settings.register_profile("quick", max_examples=FEW, deadline=None)
settings.register_profile("fuzz", max_examples=300, deadline=None, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
elif IS_LONG:
    settings.load_profile("fuzz")
elif IS_QUICK:
    settings.load_profile("quick")
    gc.set_threshold(100_000, 50, 1_000)  # little is left behind, and looking for it takes a fifth of the time


@dataclass(frozen=True)
class DatabaseServer:
    """Where test databases are made.

    Attributes:
        admin: the address for a role that may make databases.
        owner: the address for the role that owns them and their tables.
        serving: the role that serves; the same as the owner where no second role could be made.
    """

    admin: URL
    owner: URL
    serving: URL

    def execute(self, *statements: str) -> None:
        """Runs statements as the admin, each in a transaction of its own."""
        engine = sa.create_engine(self.admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def create(self, template: str | None = None) -> URL:
        """Makes a database, as a copy of ``template`` where given."""
        name = f"dialboard_test_{uuid.uuid4().hex[:12]}"
        copied = f'template "{template}"' if template else "template template0 encoding 'UTF8'"
        self.execute(f'create database "{name}" owner "{self.owner.username}" {copied}')
        return self.owner.set(database=name)

    def drop(self, url: URL) -> None:
        """Drops a database together with what is still connected to it."""
        self.execute(f'drop database if exists "{url.database}" with (force)')


def _embedded() -> Generator[DatabaseServer]:
    with tempfile.TemporaryDirectory(prefix="dialboard-test-", ignore_cleanup_errors=True) as folder:
        embedded = EmbeddedPostgres(Path(folder))
        owner = embedded.start()
        server = DatabaseServer(embedded.url(SUPERUSER, "postgres"), owner, embedded.url(SERVING_ROLE, ROLE))
        for role in (ROLE, SERVING_ROLE):
            server.execute(f"alter role {role} set synchronous_commit = off")
        yield server
        embedded.stop()


def _external(text: str) -> Generator[DatabaseServer]:
    admin = make_url(text).set(drivername="postgresql+psycopg")
    probe = sa.create_engine(admin, poolclass=sa.NullPool)
    with probe.connect() as connection:
        is_superuser = connection.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user"))
    if not is_superuser:
        yield DatabaseServer(admin, admin, admin)
        return
    owner, serving = (
        admin.set(username=f"dialboard_test_{uuid.uuid4().hex[:12]}", password=uuid.uuid4().hex) for _ in range(2)
    )
    server = DatabaseServer(admin, owner, serving)
    for url in (owner, serving):
        server.execute(f"create role {url.username} login password '{url.password}'")
    yield server
    for url in (owner, serving):
        server.execute(f"drop role {url.username}")


@pytest.fixture(scope="session")
def database_server() -> Generator[DatabaseServer]:
    """The PostgreSQL server of this run."""
    given = os.environ.get("DIALBOARD_TEST_DATABASE_URL")
    yield from _external(given) if given else _embedded()


@pytest.fixture(scope="session")
def template_database(database_server: DatabaseServer) -> Generator[str]:
    """The name of a database with all tables and no rows, made once."""
    url = database_server.create()
    prepare(Addresses(database_server.serving.set(database=url.database), url))
    assert url.database
    yield url.database
    database_server.drop(url)


@pytest.fixture(scope="session")
def new_database(database_server: DatabaseServer, template_database: str) -> Generator[Callable[[], URL]]:
    """Makes a migrated database of one's own, for fixtures of any scope; all are dropped at the end."""
    made: list[URL] = []

    def make() -> URL:
        made.append(database_server.create(template_database))
        return made[-1]

    yield make
    for url in made:
        database_server.drop(url)


@pytest.fixture
def own_database_url(database_server: DatabaseServer, template_database: str) -> Generator[URL]:
    """A migrated database for one test alone."""
    url = database_server.create(template_database)
    yield url
    database_server.drop(url)


class _ErrorsNotTaken(logging.Handler):
    """What asyncio logs of tasks whose error nobody took, with the test that ran when it was noticed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps what is about such a task."""
        if "never retrieved" in record.getMessage():
            self.found.append(f"{os.environ.get('PYTEST_CURRENT_TEST')}: {record.getMessage()}")


@pytest.fixture(autouse=True, scope="session")
def _every_error_is_taken() -> Generator[None]:
    """Fails the run if the error of a task was not taken; in production, those are lines in the log at odd times."""
    handler = _ErrorsNotTaken()
    logging.getLogger("asyncio").addHandler(handler)
    yield
    gc.collect()
    logging.getLogger("asyncio").removeHandler(handler)
    assert not handler.found, "\n".join(handler.found)


@pytest.fixture
def empty_database_url(database_server: DatabaseServer) -> Generator[URL]:
    """A database without tables for one test alone."""
    url = database_server.create()
    yield url
    database_server.drop(url)


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], URL]) -> URL:
    """The migrated database that tests share, each in projects of its own."""
    return new_database()


@pytest.fixture(scope="session")
async def engine(database_server: DatabaseServer, database_url: URL) -> AsyncGenerator[AsyncEngine]:
    """An engine of the role that serves, on the shared database."""
    url = database_server.serving.set(database=database_url.database)
    signer = prepare(Addresses(url, database_url)).signer
    owner = create_async_engine(database_url)
    options = {SERVING: Serving(signer, owner)} if signer else {}
    engine = create_async_engine(url, connect_args={"cursor_factory": BinaryCursor}, execution_options=options)
    yield engine
    await engine.dispose()
    await owner.dispose()


@pytest.fixture(scope="session")
def sessions(engine: AsyncEngine) -> Sessions:
    """Sessions on the shared database; bind them to ``project_id``."""
    return Sessions(engine)


async def _new_project(engine: AsyncEngine) -> int:
    async with owner_of(engine).begin() as connection:
        statement = sa.insert(Project).values(name=f"Test {uuid.uuid4()}").returning(Project.id)
        return (await connection.execute(statement)).scalar_one()


@pytest.fixture
async def project_id(engine: AsyncEngine) -> int:
    """A new project with nothing in it, in the shared database."""
    return await _new_project(engine)


@pytest.fixture
async def other_project_id(engine: AsyncEngine) -> int:
    """A second new project, whose rows the first must not see."""
    return await _new_project(engine)


BINDING = ("set local dialboard.project_id", "select set_config('dialboard.signature'")
"""How the statements begin by which a session binds itself to its project."""


@dataclass
class Statements:
    """The SQL that ran since the test began, or since ``clear()``.

    ``executed`` leaves out those by which a session binds itself to its project; ``everything`` has them too.
    ``len(statements)`` counts ``executed``.
    """

    everything: list[str] = field(default_factory=list)

    @property
    def executed(self) -> list[str]:
        """Statements apart from the sessions' own first ones."""
        return [sql for sql in self.everything if not sql.startswith(BINDING)]

    def clear(self) -> None:
        """Forgets what ran so far."""
        self.everything.clear()

    def __len__(self) -> int:
        return len(self.executed)

    def __str__(self) -> str:
        return "\n\n".join(f"{number}. {sql}" for number, sql in enumerate(self.executed, start=1))


_RECORDED = pytest.StashKey[Statements]()


_ALL = Recorded()


def pytest_sessionstart() -> None:
    """Records what the program runs on any database."""
    # Under nohup, SIGHUP is ignored by the tests and all that they start; some of them are about it.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    _ALL.start()


@pytest.fixture(autouse=True, scope="module")
def _without_syntax_trees(request: pytest.FixtureRequest) -> None:
    """What tests of the whole house have parsed is dropped before other tests run, some of which measure times."""
    if request.path.parent != imports.ROOT / "tests":
        imports.forget()


@pytest.fixture(autouse=True)
def sql_rules() -> Generator[Recorded]:
    """Fails a test during which the program ran a statement against the rules of ``tests/sql_rules.py``."""
    yield _ALL
    if found := _ALL.take_faults():
        pytest.fail("\n\n".join(found), pytrace=False)


@pytest.fixture
def statements(engine: AsyncEngine, request: pytest.FixtureRequest) -> Generator[Statements]:
    """Records the SQL that ``engine`` runs during the test; a failing test prints it."""
    recorded = request.node.stash.setdefault(_RECORDED, Statements())

    def record(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        recorded.everything.append(sql)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    yield recorded
    event.remove(engine.sync_engine, "before_cursor_execute", record)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests as ``pure`` that need neither a database nor a process, and puts those marked ``slow`` last."""
    for item in items:
        needs_database = "database_server" in getattr(item, "fixturenames", ())
        if not needs_database and not any(item.iter_markers("processes")) and not any(item.iter_markers("slow")):
            item.add_marker(pytest.mark.pure)
    items.sort(key=lambda item: any(item.iter_markers("slow")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the recorded statements to the report of a failed test."""
    report = yield
    recorded = item.stash.get(_RECORDED, None)
    if report.when == "call" and report.failed and recorded is not None:
        report.sections.append((f"{len(recorded)} SQL statements", str(recorded)))
    return report
