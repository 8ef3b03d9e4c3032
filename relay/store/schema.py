"""The schema, as migrations in order. One that was released is never edited: the next one changes what it made."""

from __future__ import annotations

FIRST = """
create table receipts (
    id text primary key,
    intake text not null,
    received_at {ts} not null,
    body {blob} not null,
    content_type text not null,
    note text not null
) {strict};
create index receipts_received on receipts (received_at);

create table events (
    id text primary key,
    receipt_id text,
    fingerprint text not null,
    severity {int} not null,
    kind text not null,
    source text not null,
    target text not null,
    occurred_at {ts} not null,
    known_at {ts} not null,
    received_at {ts} not null,
    document text not null,
    outcome text not null,
    incident_id text
) {strict};
create index events_fingerprint on events (fingerprint, known_at);
create index events_incident on events (incident_id, received_at);
create index events_receipt on events (receipt_id);
create index events_received on events (received_at);

create table incidents (
    id text primary key,
    fingerprint text not null,
    severity {int} not null,
    peak {int} not null,
    source text not null,
    kind text not null,
    target text not null,
    opened_at {ts} not null,
    updated_at {ts} not null,
    resolved_at {ts},
    ends_at {ts},
    sequence {int} not null,
    words text not null,
    document text not null
) {strict};
create unique index incidents_open on incidents (fingerprint) where resolved_at is null;
create index incidents_unresolved on incidents (opened_at, id) where resolved_at is null;
create index incidents_fingerprint on incidents (fingerprint, opened_at);
create index incidents_opened on incidents (opened_at, id);
create index incidents_target on incidents (target, opened_at, id);
create index incidents_peak on incidents (peak, opened_at, id);
create index incidents_source on incidents (source, opened_at, id);
create index incidents_resolved on incidents (resolved_at) where resolved_at is not null;
create index incidents_ending on incidents (ends_at) where resolved_at is null and ends_at is not null;

create table changes (
    incident_id text not null,
    sequence {int} not null,
    kind text not null,
    severity {int} not null,
    before {int} not null,
    at {ts} not null,
    value {real},
    summary text not null,
    event_id text not null,
    primary key (incident_id, sequence)
) {strict};

create table deliveries (
    id text primary key,
    incident_id text not null,
    sequence {int} not null,
    channel text not null,
    created_at {ts} not null,
    due_at {ts} not null,
    state text not null,
    failures {int} not null,
    uncertain {int} not null,
    held text not null,
    reason text not null,
    attempts {int} not null,
    lease_owner text not null,
    lease_until {ts} not null,
    token {int} not null
) {strict};
create index deliveries_due on deliveries (channel, due_at) where state = 'pending';
create index deliveries_incident on deliveries (incident_id, channel, sequence);
create index deliveries_state on deliveries (state) where state in ('parked', 'given up');

create table attempts (
    delivery_id text not null,
    number {int} not null,
    at {ts} not null,
    outcome text not null,
    status {int},
    took {real} not null,
    retry_after {real},
    reason text not null,
    primary key (delivery_id, number)
) {strict};

create table remotes (
    incident_id text not null,
    channel text not null,
    parts text not null,
    primary key (incident_id, channel)
) {strict};

create table channels (
    name text primary key,
    identity text not null,
    next_at {ts} not null,
    busy_until {ts} not null,
    refusing_since {ts},
    reason text not null,
    parked_at {ts}
) {strict};

create table targets (
    name text primary key,
    due_at {ts} not null,
    lease_owner text not null,
    lease_until {ts} not null,
    token {int} not null,
    misses {int} not null,
    silent_since {ts},
    reason text not null,
    read_at {ts},
    readings text not null
) {strict};

create table series (
    id {key},
    target text not null,
    metric text not null,
    labels text not null,
    unit text not null,
    unique (target, metric, labels)
) {strict};

create table samples (
    series_id {int} not null,
    at {ts} not null,
    value {real} not null,
    primary key (series_id, at)
) {strict};
"""

# Columns with defaults only: a process of the version before writes on beside it.
SECOND_WAY = """
alter table deliveries add column instead_of text not null default '';
alter table deliveries add column told_with text not null default '';
create index deliveries_told_with on deliveries (told_with) where told_with <> '';
create index deliveries_dead on deliveries (created_at, id) where state in ('parked', 'given up');
alter table channels add column rate_at {ts} not null default 0;
alter table channels add column rate_now {int} not null default 0;
alter table channels add column rate_before {int} not null default 0;
alter table channels add column away_since {ts};
alter table targets add column away_since {ts};
"""

# Reads that brought nothing, and each that ended such a run (number 0): a series has no sample to tell them by.
MISSES = """
create table misses (
    target text not null,
    at {ts} not null,
    number {int} not null,
    reason text not null,
    primary key (target, at)
) {strict};
create index misses_at on misses (at);
"""

# Why nobody is told of a change; null where a version before wrote it, empty where it has deliveries.
UNTOLD = """
alter table changes add column untold text;
"""

# Deployments, by the ids that their application knows them by; figures are what was measured after each.
DEPLOYMENTS = """
create table deployments (
    id text not null,
    application text not null,
    target text not null,
    began_at {ts} not null,
    ended_at {ts},
    state text not null,
    action text not null,
    commit_id text not null,
    cause text not null,
    author text not null,
    judged_at {ts},
    figures text not null,
    primary key (application, id)
) {strict};
create index deployments_application on deployments (application, began_at);
create index deployments_target on deployments (target, began_at);
create index deployments_unjudged on deployments (ended_at) where judged_at is null;
"""

# What a series was over a piece of time; width is in seconds.
ROLLUPS = """
create table rollups (
    series_id {int} not null,
    width {int} not null,
    at {ts} not null,
    low {real} not null,
    mean {real} not null,
    high {real} not null,
    number {int} not null,
    primary key (series_id, width, at)
) {strict};
"""

# What text search goes by: "searched" is what the index holds, "unsearched" which changes it does not hold yet, and a row
# in "searching" how far an older history was gone through. Triggers note changes, whichever version makes them.
SEARCH = """
create table searched (
    place {key},
    incident_id text not null unique,
    words text not null
) {strict};
create table unsearched (
    incident_id text not null,
    sequence {int} not null,
    primary key (incident_id, sequence)
) {strict};
create table searching (
    name text primary key,
    after text not null
) {strict};
{search_index};
{search_kept};
{search_dropped};
{search_made};
{search_changed};
insert into searching (name, after) select 'incidents', '' where exists (select 1 from incidents);
"""

# An index of the history that SQLite fills only once an incident is over: what is open is few, and found by its own index.
# Each cost a new incident 8 µs before its answer. PostgreSQL keeps the whole ones, as an old version beside may ask by them.
OVER = """
{target_index_dropped};
{target_index_over};
{peak_index_dropped};
{peak_index_over};
{source_index_dropped};
{source_index_over};
"""

# What a list of the history is read by passes over what is open, however much that is; what is open is told apart by its index
# alone, and SQLite counts it as it changes (with several writers, as PostgreSQL has, all would wait for one row).
OPEN_AND_OVER = """
create index incidents_over on incidents (opened_at, id) where resolved_at is not null;
{whole_index_dropped};
{open_index_dropped};
{open_index_widened};
{open_kept};
{open_counted};
{open_made};
{open_changed};
{open_dropped};
"""

MIGRATIONS: tuple[tuple[str, str], ...] = (
    ("0001_first", FIRST),
    ("0002_second_way", SECOND_WAY),
    ("0003_misses", MISSES),
    ("0004_untold", UNTOLD),
    ("0005_deployments", DEPLOYMENTS),
    ("0006_rollups", ROLLUPS),
    ("0007_search", SEARCH),
    ("0008_over", OVER),
    ("0009_open_and_over", OPEN_AND_OVER),
)


def statements(script: str) -> list[str]:
    """Return the statements of a migration."""
    return [statement.strip() for statement in script.split(";") if statement.strip()]
