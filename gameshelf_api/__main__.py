"""The command line of the API: ``serve`` and ``migrate``."""

import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from gameshelf_api import server
from gameshelf_api.database import DatabaseError, sample_data
from gameshelf_api.metrics.resources import ThreadGauges
from gameshelf_api.settings import Settings, SettingsError
from gameshelf_api.storage import StorageError, sample_images
from gameshelf_api.web import service

log = logging.getLogger("gameshelf")

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/gameshelf"),
    envvar="GAMESHELF_DATA_DIR",
    show_default=True,
    help="Folder of the embedded database and images.",
)


@click.group()
def main() -> None:
    """The GameShelf API, version 4: a board-game shop with a leak to find."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s - %(levelname)s - %(name)s - %(message)s", stream=sys.stderr
    )


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Literal address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, envvar="PORT", show_default=True)
@click.option(
    "--drain", type=click.FloatRange(0, 60), default=2.0, show_default=True, help="Seconds to finish."
)
@data_dir_option
def serve(host: str, port: int, drain: float, data_dir: Path) -> None:
    """Serve the API until SIGTERM or Ctrl-C."""
    settings = _settings(data_dir)
    built = service.build(settings)
    # What is embedded is filled by itself; an add-on is filled by ``migrate``, once a deployment.
    if settings.postgres is None:
        _fill_database(built)
    if settings.s3 is None:
        _fill_storage(built)
    try:
        listening = server.create(built.app, host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror}") from error
    built.registry.register(ThreadGauges(listening.task_dispatcher))
    log.info("GameShelf API on http://%s:%s", host, listening.effective_port)
    server.run(listening, drain)
    built.close()


@main.command()
@data_dir_option
def migrate(data_dir: Path) -> None:
    """Make the schema and the sample data; doing it again changes nothing."""
    built = service.build(_settings(data_dir))
    try:
        _fill_database(built)
        _fill_storage(built)
    finally:
        built.close()


def _settings(data_dir: Path) -> Settings:
    try:
        return Settings.read(os.environ, data_dir)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _fill_database(built: service.Service) -> None:
    try:
        filled = sample_data.migrate(built.database, datetime.now(UTC))
    except DatabaseError as error:
        raise click.ClickException(f"the database cannot be prepared: {error}") from error
    log.info("database ready, %s", "sample data added" if filled else "data left as it was")


def _fill_storage(built: service.Service) -> None:
    try:
        log.info("storage ready, %d sample images added", sample_images.add(built.store))
    except StorageError as error:
        # The shop works without pictures: a deployment does not fail for them.
        log.warning("storage without sample images: %s", error)


if __name__ == "__main__":
    main(prog_name="python -m gameshelf_api")
