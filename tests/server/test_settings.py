"""Settings: defaults, errors that name the variable, and documentation that lists them all."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from server.settings import Settings, SettingsError, unknown_variables, variable, variables

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    settings = Settings.load()
    assert settings.database_url is None
    assert settings.max_window == timedelta(days=30)
    assert settings.cors_origins == ()


def test_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALBOARD_MAX_WINDOW_DAYS", "0")
    assert Settings.load().max_window is None


def test_an_empty_variable_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALBOARD_POOL_SIZE", "")
    monkeypatch.setenv("DATABASE_URL", "")
    assert Settings.load().pool_size == 20
    assert Settings.load().database_url is None


def test_origins_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALBOARD_CORS_ORIGINS", "https://a.example, http://localhost:3000")
    monkeypatch.setenv("DIALBOARD_CORS_HEADERS", "X-Client-Name,traceparent")
    assert Settings.load().cors_origins == ("https://a.example", "http://localhost:3000")
    assert Settings.load().cors_headers == ("X-Client-Name", "traceparent")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("DIALBOARD_MAX_WINDOW_DAYS", "-1", "greater than or equal to 0"),
        ("DIALBOARD_STATEMENT_TIMEOUT", "soon", "a valid number"),
        ("DIALBOARD_POOL_SIZE", "1.5", "a valid integer"),
        ("DIALBOARD_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("DIALBOARD_LOG_FORMAT", "xml", "'console' or 'json'"),
        ("DIALBOARD_CORS_ORIGINS", "example.com", "such as https://charts.example.com"),
        ("DIALBOARD_CORS_ORIGINS", "https://example.com/", "such as https://charts.example.com"),
        ("DIALBOARD_CORS_HEADERS", "X-One;X-Two", "such as X-Client-Name"),
        ("DIALBOARD_KEEP_ALIVE_SECONDS", "0", "greater than or equal to 1"),
        ("DIALBOARD_GRAPHIQL", "perhaps", "a valid boolean"),
    ],
)
def test_a_wrong_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert name in str(caught.value)
    assert value in str(caught.value)
    assert allowed in str(caught.value)


def test_every_wrong_value_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALBOARD_POOL_SIZE", "0")
    monkeypatch.setenv("DIALBOARD_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"DIALBOARD_POOL_SIZE[^\n]*\nDIALBOARD_LOG_LEVEL"):
        Settings.load()


def test_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@host/db")
    assert "hunter2" not in repr(Settings.load())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DIALBOARD_POOLSIZE", "Did you mean DIALBOARD_POOL_SIZE?"),
        ("DIALBOARD_MAX_WINDOW_DAY", "Did you mean DIALBOARD_MAX_WINDOW_DAYS?"),
        ("DIALBOARD_XYZZY", "docs/settings.md lists all settings."),
    ],
)
def test_an_unknown_variable(name: str, hint: str) -> None:
    assert unknown_variables({name: "1", "PATH": "/bin"}) == [
        f"The environment variable {name} is not a setting. {hint}"
    ]


def test_known_variables_give_no_warning() -> None:
    assert unknown_variables(dict.fromkeys([*variables(), "DIALBOARD_TEST_DATABASE_URL"], "1")) == []


def test_every_setting_is_documented() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (\S+) \|", DOCUMENT.read_text().split("## ")[0], re.MULTILINE))
    assert sorted(rows) == sorted(variables())
    for field, info in Settings.model_fields.items():
        default = (
            str(info.default).lower()
            if isinstance(info.default, bool)
            else str("none" if info.default is None else info.default)
        )
        assert rows[variable(field)].strip("`") in (default, "none" if info.default == () else default)
