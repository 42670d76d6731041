"""Settings, read from the environment. ``docs/settings.md`` describes each; a test compares the two."""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from rapidfuzz import process

from models.lanes import DEFAULT_POOL, SMALLEST_POOL
from models.request_use import DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_STATEMENTS
from resolvers.loaders.meter import DEFAULT_MAX_ANSWER_BYTES, DEFAULT_MAX_COST
from server.user_error import UserError

PREFIX = "DIALBOARD_"
_FOREIGN = {"DIALBOARD_TEST_DATABASE_URL"}
"""Variables with the prefix that belong to the test suite."""

_SECRETS = {"signing_key": 32, "metrics_token": 16}
"""Settings that are secrets of their own, and how many characters they have at least."""


_ORIGIN = re.compile(r"https?://[^/?#\s]+")
_ADDRESS = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class SettingsError(UserError):
    """A setting has a value that is not allowed; the message names the variable, the value and what is allowed."""


class Settings(BaseSettings):
    """Everything that can be set. The variable of a field is its name in capitals behind ``DIALBOARD_``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True, extra="ignore")

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    owner_database_url: SecretStr | None = None
    database_pooler: Literal["auto", "transaction", "none"] = "auto"
    signing_key: SecretStr | None = None
    data_dir: Path = Path(".dialboard")
    max_window_days: int = Field(default=30, ge=0, le=36_500)
    statement_timeout: float = Field(default=30, ge=0.1, le=3600)
    request_timeout: float = Field(default=50, ge=0.1, le=3600)
    lock_timeout: float = Field(default=10, ge=0.1, le=3600)
    pool_size: int = Field(default=DEFAULT_POOL, ge=SMALLEST_POOL, le=500)
    max_statements: int = Field(default=DEFAULT_MAX_STATEMENTS, ge=1_000, le=1_000_000)
    max_request_connections: int = Field(default=DEFAULT_MAX_CONNECTIONS, ge=2, le=500)
    queue_seconds: float = Field(default=5, ge=0.1, le=600)
    export_seconds: float = Field(default=600, ge=1, le=86_400)
    export_stall_seconds: float = Field(default=30, ge=0.1, le=45)
    slow_seconds: float = Field(default=1, ge=0, le=3600)
    metrics_token: SecretStr | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    cors_headers: Annotated[tuple[str, ...], NoDecode] = ()
    max_request_bytes: int = Field(default=10_000_000, ge=1_000)
    max_ingest_bytes: int = Field(default=1_000_000_000, ge=1_000)
    max_metrics: int = Field(default=1_000, ge=1, le=1_000_000)
    max_agents: int = Field(default=10_000, ge=1, le=1_000_000)
    max_dashboards: int = Field(default=1_000, ge=1, le=100_000)
    max_api_keys: int = Field(default=1_000, ge=1, le=100_000)
    max_widgets: int = Field(default=20_000, ge=1, le=10_000_000)
    max_charted_keys: int = Field(default=200, ge=1, le=100_000)
    max_cost: int = Field(default=DEFAULT_MAX_COST, ge=100, le=10_000_000)
    budget_key: int = Field(default=60_000, ge=0, le=10**12)
    budget_project: int = Field(default=120_000, ge=0, le=10**12)
    budget_exempt: Annotated[tuple[int, ...], NoDecode] = ()
    max_answer_bytes: int = Field(default=DEFAULT_MAX_ANSWER_BYTES, ge=10_000, le=1_000_000_000)
    audit_days: int = Field(default=365, ge=0, le=36_500)
    idempotency_hours: int = Field(default=24, ge=1, le=720)
    key_cache_seconds: float = Field(default=1, ge=0, le=3600)
    public_url: str | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    keep_alive_seconds: int = Field(default=75, ge=1, le=3600)
    max_message_bytes: int = Field(default=2_000_000, ge=1_000)
    max_connections: int = Field(default=2_000, ge=10, le=1_000_000)
    max_connections_per_address: int = Field(default=500, ge=0, le=1_000_000)
    read_seconds: float = Field(default=10, ge=0.1, le=3600)
    send_seconds: float = Field(default=60, ge=0.1, le=3600)
    hsts_seconds: int = Field(default=0, ge=0, le=63_072_000)
    shutdown_seconds: int = Field(default=10, ge=0, le=600)
    introspection: bool | Literal["auto"] = "auto"
    trusted_documents: Literal["off", "allow", "on"] = "allow"
    graphiql: bool | Literal["auto"] = "auto"
    live_changes: Literal["auto", "listen", "poll"] = "auto"
    max_socket_operations: int = Field(default=20, ge=1, le=1_000)
    max_key_subscriptions: int = Field(default=1_000, ge=0, le=1_000_000)
    max_project_subscriptions: int = Field(default=5_000, ge=0, le=1_000_000)
    preaggregates: bool = True
    preaggregates_memory_mb: int = Field(default=256, ge=1, le=1_000_000)
    preaggregates_stored_mb: int = Field(default=512, ge=1, le=10_000_000)

    @field_validator("log_level", "log_format", "database_pooler", "trusted_documents", "live_changes", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("cors_origins", "cors_headers", "budget_exempt", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://charts.example.com")
        return value

    @field_validator("cors_headers")
    @classmethod
    def _header_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _HEADER.fullmatch(name):
                raise ValueError(f"{name!r} is not a valid header name, such as X-Client-Name")
        return value

    @field_validator(*_SECRETS)
    @classmethod
    def _long(cls, value: SecretStr | None, field: ValidationInfo) -> SecretStr | None:
        least = _SECRETS[field.field_name or ""]
        if value is not None and len(value.get_secret_value()) < least:
            raise ValueError(f"it is shorter than {least} characters")
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError(f"{value!r} is not an address such as https://calls.example.com")
        return value.rstrip("/") if value else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            try:
                ip_network(name, strict=False)
            except ValueError:
                raise ValueError(f"{name!r} is not an address or network such as 10.0.0.0/8") from None
        return value

    @property
    def max_window(self) -> timedelta | None:
        """How far back a chart may begin; None for no limit."""
        return timedelta(days=self.max_window_days) if self.max_window_days else None

    @classmethod
    def load(cls) -> Self:
        """Reads the environment.

        Raises:
            SettingsError: values that are not allowed, all of them.
        """
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError("\n".join(_explain(fault) for fault in error.errors())) from None


def variable(field: str) -> str:
    """The environment variable of a field."""
    return "DATABASE_URL" if field == "database_url" else PREFIX + field.upper()


def variables() -> list[str]:
    """Every environment variable that is read."""
    return [variable(field) for field in Settings.model_fields]


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """A warning for each variable that looks like a setting and is none."""
    known = variables()
    names = environment if environment is not None else os.environ
    warnings: list[str] = []
    for name in sorted(set(names) - set(known) - _FOREIGN):
        if name.upper().startswith(PREFIX):
            near = process.extractOne(name.upper(), known, score_cutoff=80)
            hint = f"Did you mean {near[0]}?" if near else "docs/settings.md lists all settings."
            warnings.append(f"The environment variable {name} is not a setting. {hint}")
    return warnings


def _explain(fault: Any) -> str:
    field = str(fault["loc"][0])
    name = field if field == "DATABASE_URL" else variable(field)
    reason = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return (
        f"{name}={fault['input']!r} is not allowed. It should be {reason}."
        if reason != fault["msg"]
        else (f"{name} is not allowed: {reason}.")
    )
