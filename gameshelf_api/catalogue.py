"""What the shop can tell: one function a question, each one query, ready to become JSON."""

from collections.abc import Sequence
from datetime import datetime

from gameshelf_api.database import Database, Row

# Decimal, float and integer drivers' answers become one and the same JSON number by the cast.
_GAME = """select g.id, g.name, c.name as category, g.min_players, g.max_players, g.duration_minutes,
                  cast(g.price as double precision) as price, g.stock
             from games g join categories c on g.category_id = c.id"""


def games(database: Database) -> Sequence[Row]:
    """Return every game, by name."""
    return database.rows(f"{_GAME} order by g.name collate {{codepoint}}, g.id")


def game(database: Database, game_id: int) -> Row | None:
    """Return one game, or None when there is none of that id."""
    found = database.rows(f"{_GAME} where g.id = %(id)s", {"id": game_id})
    return found[0] if found else None


def popular_games(database: Database) -> Sequence[Row]:
    """Return the five games of which most are in stock."""
    return database.rows(
        """select g.id, g.name, c.name as category, cast(g.price as double precision) as price
             from games g join categories c on g.category_id = c.id
            order by g.stock desc, g.id limit 5"""
    )


def customers(database: Database) -> Sequence[Row]:
    """Return every customer, by last and first name."""
    return database.rows(
        """select id, email, first_name, last_name, loyalty_points from customers
            order by last_name collate {codepoint}, first_name collate {codepoint}, id"""
    )


def rentals(database: Database) -> Sequence[Row]:
    """Return every rental, newest first."""
    found = database.rows(
        """select r.id, c.first_name || ' ' || c.last_name as customer, g.name as game,
                  r.rental_date, r.due_date, r.status
             from rentals r join customers c on r.customer_id = c.id join games g on r.game_id = g.id
            order by r.rental_date desc, r.id"""
    )
    dates = ("rental_date", "due_date")
    return [{**row, **{name: iso_8601(row[name]) for name in dates}} for row in found]


def is_reachable(database: Database) -> None:
    """Ask the database for nothing, raising DatabaseError when it does not answer."""
    database.rows("select 1 as alive")


def validation_flag_is_readable(database: Database) -> None:
    """Read the flag's row as the document does, raising DatabaseError when that fails."""
    database.rows("select value from app_config where key = 'validation_flag'")


def iso_8601(stored: datetime | str | None) -> str | None:
    """Return a stored UTC time as ISO 8601, in whole seconds.

    >>> iso_8601("2026-11-23 22:05:09"), iso_8601(datetime(2026, 11, 23, 22, 5, 9))
    ('2026-11-23T22:05:09Z', '2026-11-23T22:05:09Z')
    """
    if stored is None:
        return None
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
