"""``dialboard hooks``: what it prints, what it refuses, and that what it makes can be used."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import URL

from tests.server.commands.command_line import CommandLine

pytestmark = pytest.mark.processes


@pytest.fixture
def cli(tmp_path: Path, own_database_url: URL) -> CommandLine:
    """The command on a database of its own."""
    return CommandLine(tmp_path, DATABASE_URL=own_database_url.render_as_string(hide_password=False))


def test_create_list_rotate_and_revoke(cli: CommandLine) -> None:
    made = cli.run_here("hooks", "create", "--project", "Support", "--from", "generic")
    assert made.returncode == 0, made.stderr
    address, secret = made.stdout.splitlines()
    assert address.startswith("/hooks/generic/dlbw_1_")
    assert secret.startswith("whsec_")
    assert "Put the address of the server before it" in made.stderr

    rotated = cli.run_here("hooks", "rotate", "1", "--project", "Support", "--overlap", "1h", "--json")
    told = json.loads(rotated.stdout)
    assert (told["id"], told["oldId"]) == (2, 1)
    assert told["address"] != address
    assert told["secret"] != secret
    again = cli.run_here("hooks", "rotate", "1", "--project", "Support")
    assert (again.returncode, again.stderr) == (
        1,
        "dialboard: This endpoint was already rotated. Rotate its replacement.\n",
    )

    revoked = cli.run_here("hooks", "revoke", "1", "--project", "Support")
    assert revoked.stdout == "Revoked webhook endpoint 1 of 'Support'.\n"
    for command in ("revoke", "rotate"):
        refused = cli.run_here("hooks", command, "1", "--project", "Support")
        assert (refused.returncode, "no active webhook endpoint 1" in refused.stderr) == (1, True)

    listed = [json.loads(line) for line in cli.run_here("hooks", "list", "--json").stdout.splitlines()]
    assert [(one["id"], one["project"], one["from"], one["rotatedFrom"]) for one in listed] == [
        (1, "Support", "generic", None),
        (2, "Support", "generic", 1),
    ]
    assert listed[0]["revokedAt"] is not None
    for hidden in (address.rpartition("/")[2], secret, told["secret"]):
        assert hidden not in json.dumps(listed)
    table = cli.run_here("hooks", "list", "--project", "Support").stdout.splitlines()
    assert table[0].split()[:4] == ["id", "project", "name", "from"]
    assert len(table) == 3


def test_the_secret_of_the_service_is_read_and_not_printed(cli: CommandLine) -> None:
    (cli.folder / "token").write_text("an auth token\n")
    given = ("hooks", "create", "--project", "Support", "--from", "twilio")
    made = cli.run_here(
        *given, "--secret-file", "token", "--json", DIALBOARD_PUBLIC_URL="https://calls.example.com/dial/"
    )
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["address"].startswith("https://calls.example.com/dial/hooks/twilio/dlbw_1_")
    assert told["secret"] is None
    assert "an auth token" not in made.stdout + made.stderr
    missing = cli.run(*given)
    assert missing.returncode == 1
    assert missing.stderr.strip() == "dialboard: The secret that twilio signs with is missing: give --secret-file."


def test_what_cannot_be_made(cli: CommandLine) -> None:
    def refused(*arguments: str) -> str:
        result = cli.run_here("hooks", "create", "--project", "Support", *arguments)
        assert result.returncode == 1, result.stdout
        return result.stderr

    (cli.folder / "short").write_text("abc")
    (cli.folder / "words").write_text("not base64 at all!")
    (cli.folder / "legs.toml").write_text('join = true\n[call]\ncall_id = "a"\ntimestamp = "b"\n')
    (cli.folder / "wrong.toml").write_text('[call]\ncallid = "x"\n')
    assert "8 to 200 characters" in refused("--from", "generic", "--secret-file", "short")
    assert "must be base64" in refused("--from", "generic", "--secret-file", "words")
    assert "did you mean call_id?" in refused("--from", "generic", "--map", "wrong.toml")
    assert "join is for the rows of a file" in refused("--from", "generic", "--map", "legs.toml")
    assert "the secret cannot be read" in refused("--from", "generic", "--secret-file", "nowhere")
    assert "1 to 200 characters" in refused("--from", "generic", "--name", " ")
    usage = cli.run_here("hooks", "create", "--project", "Support", "--from", "zoom")
    assert usage.returncode == 2
    assert "does not exist" in cli.run_here("hooks", "revoke", "1", "--project", "Nobody").stderr


def test_a_project_has_so_many_endpoints(cli: CommandLine, own_database_url: URL) -> None:
    assert cli.run_here("hooks", "create", "--project", "Support", "--from", "generic").returncode == 0
    engine = sa.create_engine(own_database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("set local dialboard.project_id = '1'"))
        connection.execute(
            sa.text(
                "insert into webhook_endpoints (project_id, id, name, key_hash, source, sealed_secret) "
                "select 1, n, 'x', n::text::bytea, 'generic', '' from generate_series(1001, 1099) n"
            )
        )
    engine.dispose()
    full = cli.run_here("hooks", "create", "--project", "Support", "--from", "generic")
    assert "at most 100 webhook endpoints" in full.stderr
    assert cli.run_here("hooks", "rotate", "1", "--project", "Support").returncode == 0
    assert cli.run_here("hooks", "revoke", "1001", "--project", "Support").returncode == 0
