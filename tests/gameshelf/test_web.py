"""What strangers send, what is logged of it, and what the environment may say."""

import logging
from pathlib import Path

import pytest

from gameshelf_api.settings import CacheKind, Settings, SettingsError
from gameshelf_api.web.service import Service
from tests.gameshelf.conftest import Build

PAGES = (
    "/", "/health", "/livez", "/games", "/games/1", "/popular", "/cache-stats", "/customers", "/rentals",
    "/images", "/flag", "/metrics", "/openapi.json",
)  # fmt: skip


@pytest.fixture
def embedded(build: Build) -> Service:
    """The service on its embedded default."""
    return build()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_other_methods_are_refused_in_json(embedded: Service, method: str) -> None:
    """405, with the methods that are allowed."""
    for page in PAGES:
        answer = embedded.app.test_client().open(page, method=method)
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert answer.get_json() == {
            "error": "Method not allowed",
            "request_id": answer.headers["X-Request-Id"],
        }


@pytest.mark.parametrize("page", ["/nowhere", "/games/", "/GAMES", "/games/1/2", "/static/x", "/%ff"])
def test_unknown_paths_are_not_found_in_json(embedded: Service, page: str) -> None:
    """404, never a redirect that repeats what a stranger wrote."""
    answer = embedded.app.test_client().get(page)
    assert answer.status_code == 404
    assert set(answer.get_json()) == {"error", "request_id"}


def test_an_unexpected_error_tells_no_internals(embedded: Service, caplog: pytest.LogCaptureFixture) -> None:
    """A bug: the answer has the id under which the log has the whole story."""

    def broken() -> None:
        raise RuntimeError("secret detail")

    embedded.app.add_url_rule("/broken", view_func=broken)
    answer = embedded.app.test_client().get("/broken")
    assert answer.status_code == 500
    assert answer.get_json() == {
        "error": "Internal server error",
        "request_id": answer.headers["X-Request-Id"],
    }
    assert "secret detail" in caplog.text
    assert answer.headers["X-Request-Id"] in caplog.text


def test_each_request_leaves_a_line_with_id_status_and_time(
    embedded: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """One line a request, in the document's form."""
    with caplog.at_level(logging.INFO, "gameshelf"):
        answer = embedded.app.test_client().get("/games/99")
    line = caplog.messages[-1]
    assert line.startswith(f"[{answer.headers['X-Request-Id']}] GET /games/99 - 404 in ")
    assert line.endswith("ms")


def test_a_stranger_cannot_forge_a_line_of_the_log(
    embedded: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Line ends and terminal codes in a path are escaped, and a long path is cut."""
    with caplog.at_level(logging.INFO, "gameshelf"):
        embedded.app.test_client().get("/a%0aERROR%1b[31m" + "x" * 5000)
    assert "\n" not in caplog.messages[-1]
    assert "\x1b" not in caplog.messages[-1]
    assert len(caplog.messages[-1]) < 350


def test_a_huge_body_is_refused_or_ignored(embedded: Service) -> None:
    """No endpoint takes a body."""
    answer = embedded.app.test_client().post("/games", data=b"x" * 200_000)
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"GAMESHELF_CACHE": "big"}, "GAMESHELF_CACHE must be leaky, bounded or off"),
        ({"GAMESHELF_DB_POOL": "0", "POSTGRESQL_ADDON_HOST": "h"}, "GAMESHELF_DB_POOL must be"),
        ({"CELLAR_ADDON_KEY_ID": "id"}, "go together"),
        ({"CC_METRICS_PROMETHEUS_USER": "u"}, "go together"),
    ],
)
def test_an_environment_that_makes_no_sense_is_told(environ: dict[str, str], complaint: str) -> None:
    """At the start, in words, without a value that could be secret."""
    with pytest.raises(SettingsError, match=complaint):
        Settings.read(environ, Path())


def test_empty_values_are_as_none() -> None:
    """Consoles leave empty variables behind: they mean the default."""
    names = ("APP_NAME", "ENVIRONMENT", "S3_BUCKET", "GAMESHELF_CACHE", "POSTGRESQL_ADDON_URI")
    told = Settings.read(dict.fromkeys(names, ""), Path())
    assert (told.app_name, told.environment, told.bucket) == ("GameShelf", "development", "gameshelf-images")
    assert (told.cache, told.postgres, told.s3) == (CacheKind.LEAKY, None, None)


def test_settings_show_no_secret() -> None:
    """Not even when somebody prints them."""
    secrets = {
        "POSTGRESQL_ADDON_URI": "postgresql://u:s3cret@h/d",
        "CELLAR_ADDON_KEY_ID": "s3cret-id",
        "CELLAR_ADDON_KEY_SECRET": "s3cret-key",
        "CC_METRICS_PROMETHEUS_USER": "scraper",
        "CC_METRICS_PROMETHEUS_PASSWORD": "s3cret-too",
    }
    assert "s3cret" not in repr(Settings.read(secrets, Path()))
