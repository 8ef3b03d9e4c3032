"""The shop's tables and indexes; making them twice does no harm."""

from gameshelf_api.database import Transaction

TABLES = (
    """create table if not exists categories (
        id {pk},
        name varchar(100) unique not null,
        description text,
        created_at timestamp default current_timestamp)""",
    """create table if not exists games (
        id {pk},
        name varchar(200) not null,
        category_id integer references categories (id),
        min_players integer check (min_players > 0),
        max_players integer,
        duration_minutes integer,
        price decimal(10, 2),
        stock integer default 0,
        created_at timestamp default current_timestamp,
        updated_at timestamp default current_timestamp,
        check (max_players >= min_players))""",
    """create table if not exists customers (
        id {pk},
        email varchar(255) unique not null,
        first_name varchar(100),
        last_name varchar(100),
        phone varchar(20),
        loyalty_points integer default 0,
        created_at timestamp default current_timestamp)""",
    """create table if not exists rentals (
        id {pk},
        customer_id integer references customers (id) on delete cascade,
        game_id integer references games (id) on delete cascade,
        rental_date timestamp default current_timestamp,
        due_date timestamp,
        return_date timestamp,
        status varchar(20) default 'active' check (status in ('active', 'returned', 'overdue')),
        deposit decimal(10, 2))""",
    """create table if not exists app_config (
        key varchar(100) primary key,
        value text not null,
        updated_at timestamp default current_timestamp)""",
)

INDEXES = (
    "create index if not exists games_category_id on games (category_id)",
    "create index if not exists rentals_customer_id on rentals (customer_id)",
    "create index if not exists rentals_status on rentals (status)",
)


def create(transaction: Transaction) -> None:
    """Make whatever is not there yet."""
    for statement in (*TABLES, *INDEXES):
        transaction.run(statement)
