"""What the environment says, read once at start; nothing else reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

DEFAULT_STORAGE_HOST = "cellar-c2.services.clever-cloud.com"


class SettingsError(Exception):
    """The environment asks for something that cannot be; the text tells a person what."""


class CacheKind(StrEnum):
    """Which cache the API runs with."""

    LEAKY = "leaky"
    BOUNDED = "bounded"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """Where the PostgreSQL add-on is; ``uri`` wins over the single parts."""

    uri: str = field(repr=False)
    parts: Mapping[str, str] = field(repr=False)
    pool_size: int


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Where the object store is and who we are there."""

    endpoint: str
    key_id: str = field(repr=False)
    key_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password, of the platform's metrics scraper."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration; None for a part means the embedded default takes its place."""

    app_name: str
    environment: str
    cache: CacheKind
    bucket: str
    storage_host: str
    data_dir: Path
    postgres: PostgresSettings | None
    s3: S3Settings | None
    metrics_login: Login | None

    @classmethod
    def read(cls, environ: Mapping[str, str], data_dir: Path) -> Self:
        """Read the settings from ``environ``, raising SettingsError where they make no sense."""
        host = environ.get("CELLAR_ADDON_HOST") or DEFAULT_STORAGE_HOST
        return cls(
            app_name=environ.get("APP_NAME") or "GameShelf",
            environment=environ.get("ENVIRONMENT") or "development",
            cache=_cache_kind(environ.get("GAMESHELF_CACHE") or CacheKind.LEAKY),
            bucket=environ.get("S3_BUCKET") or "gameshelf-images",
            storage_host=host.split("://")[-1],
            data_dir=data_dir,
            postgres=_postgres(environ),
            s3=_s3(environ, host),
            metrics_login=_metrics_login(environ),
        )


def _cache_kind(word: str) -> CacheKind:
    try:
        return CacheKind(word)
    except ValueError:
        raise SettingsError(f"GAMESHELF_CACHE must be leaky, bounded or off, not {word[:20]!r}") from None


def _postgres(environ: Mapping[str, str]) -> PostgresSettings | None:
    uri = environ.get("POSTGRESQL_ADDON_URI", "")
    names = {"host": "HOST", "port": "PORT", "dbname": "DB", "user": "USER", "password": "PASSWORD"}
    given = {part: environ.get(f"POSTGRESQL_ADDON_{name}", "") for part, name in names.items()}
    parts = {part: value for part, value in given.items() if value}
    if not uri and "host" not in parts:
        return None
    return PostgresSettings(uri=uri, parts={} if uri else parts, pool_size=_pool_size(environ))


def _pool_size(environ: Mapping[str, str]) -> int:
    """Return 2 unless told: small plans allow about five connections and a deployment doubles ours."""
    word = environ.get("GAMESHELF_DB_POOL") or "2"
    if word not in {"1", "2", "3", "4"}:
        raise SettingsError(f"GAMESHELF_DB_POOL must be 1, 2, 3 or 4, not {word[:20]!r}")
    return int(word)


def _s3(environ: Mapping[str, str], host: str) -> S3Settings | None:
    key_id, secret = environ.get("CELLAR_ADDON_KEY_ID"), environ.get("CELLAR_ADDON_KEY_SECRET")
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        raise SettingsError("CELLAR_ADDON_KEY_ID and CELLAR_ADDON_KEY_SECRET go together: one is missing")
    return S3Settings(endpoint=host if "://" in host else f"https://{host}", key_id=key_id, key_secret=secret)


def _metrics_login(environ: Mapping[str, str]) -> Login | None:
    user, password = (environ.get(f"CC_METRICS_PROMETHEUS_{name}") for name in ("USER", "PASSWORD"))
    if not user and not password:
        return None
    if not user or not password:
        raise SettingsError("CC_METRICS_PROMETHEUS_USER and …_PASSWORD go together: one is missing")
    return Login(user=user, password=password)
