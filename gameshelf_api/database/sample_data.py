"""The course's sample data: five categories, ten games, four customers, three rentals."""

from datetime import datetime, timedelta

from gameshelf_api.database import Database, Transaction, schema

CATEGORIES = {
    "Stratégie": "Construire, échanger, prévoir",
    "Coopératif": "Gagner ou perdre ensemble",
    "Party Game": "Rire en grand nombre",
    "Famille": "Pour tous les âges",
    "Expert": "Pour les soirées longues",
}

# name, category, fewest and most players, minutes, price, stock
GAMES = (
    ("Catan", "Stratégie", 3, 4, 90, "39.99", 5),
    ("Pandemic", "Coopératif", 2, 4, 60, "44.99", 3),
    ("Codenames", "Party Game", 4, 8, 30, "24.99", 8),
    ("Ticket to Ride", "Famille", 2, 5, 45, "42.99", 4),
    ("7 Wonders", "Stratégie", 3, 7, 45, "49.99", 2),
    ("Dixit", "Party Game", 3, 6, 30, "34.99", 6),
    ("Terraforming Mars", "Expert", 1, 5, 120, "69.99", 2),
    ("Azul", "Famille", 2, 4, 40, "39.99", 4),
    ("Wingspan", "Expert", 1, 5, 70, "54.99", 3),
    ("The Crew", "Coopératif", 2, 5, 20, "14.99", 5),
)

CUSTOMERS = (
    ("alice.martin@example.com", "Alice", "Martin", "0601020304", 150),
    ("bob.durand@example.com", "Bob", "Durand", "0605060708", 50),
    ("chloe.petit@example.com", "Chloé", "Petit", "0611121314", 200),
    ("david.bernard@example.com", "David", "Bernard", "0615161718", 75),
)

# customer's e-mail, game, days until due, status, deposit
RENTALS = (
    ("alice.martin@example.com", "Catan", 7, "active", "20.00"),
    ("bob.durand@example.com", "Codenames", 7, "active", "10.00"),
    ("chloe.petit@example.com", "Wingspan", -1, "overdue", "25.00"),
)

FLAG_KEY = "validation_flag"
FLAG = "FLAG{M3tr1cs_R3v34l_H1dd3n_Bugs}"


def migrate(database: Database, at: datetime) -> bool:
    """Make the schema, and fill it when the shop has no game yet; return whether it was filled.

    Safe to run again, and by two instances at once. ``at`` (UTC) dates the sample rentals.
    """
    with database.exclusive() as transaction:
        schema.create(transaction)
        if transaction.rows("select 1 as found from games limit 1"):
            return False
        _add_categories(transaction)
        _add_games(transaction)
        _add_customers(transaction)
        _add_rentals(transaction, at)
        _add_flag(transaction)
        return True


def _add_categories(transaction: Transaction) -> None:
    for name, description in CATEGORIES.items():
        transaction.run(
            """insert into categories (name, description) values (%(name)s, %(description)s)
               on conflict (name) do nothing""",
            {"name": name, "description": description},
        )


def _add_games(transaction: Transaction) -> None:
    names = ("name", "category", "fewest", "most", "minutes", "price", "stock")
    for game in GAMES:
        transaction.run(
            """insert into games (name, category_id, min_players, max_players, duration_minutes, price, stock)
               values (%(name)s, (select id from categories where name = %(category)s),
                       %(fewest)s, %(most)s, %(minutes)s, %(price)s, %(stock)s)""",
            dict(zip(names, game, strict=True)),
        )


def _add_customers(transaction: Transaction) -> None:
    names = ("email", "first_name", "last_name", "phone", "points")
    for customer in CUSTOMERS:
        transaction.run(
            """insert into customers (email, first_name, last_name, phone, loyalty_points)
               values (%(email)s, %(first_name)s, %(last_name)s, %(phone)s, %(points)s)
               on conflict (email) do nothing""",
            dict(zip(names, customer, strict=True)),
        )


def _add_rentals(transaction: Transaction, at: datetime) -> None:
    for email, game, days, status, deposit in RENTALS:
        transaction.run(
            """insert into rentals (customer_id, game_id, rental_date, due_date, status, deposit)
               values ((select id from customers where email = %(email)s),
                       (select min(id) from games where name = %(game)s),
                       %(rented)s, %(due)s, %(status)s, %(deposit)s)""",
            {
                "email": email,
                "game": game,
                "rented": _stored(at),
                "due": _stored(at + timedelta(days=days)),
                "status": status,
                "deposit": deposit,
            },
        )


def _add_flag(transaction: Transaction) -> None:
    transaction.run(
        "insert into app_config (key, value) values (%(key)s, %(value)s) on conflict (key) do nothing",
        {"key": FLAG_KEY, "value": FLAG},
    )


def _stored(at: datetime) -> str:
    """Return a time as both databases take it and sort it: UTC, without zone, whole seconds."""
    return at.strftime("%Y-%m-%d %H:%M:%S")
