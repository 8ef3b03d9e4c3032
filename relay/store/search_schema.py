"""The index for text search, where the stores differ: what keeps it, by the tokens that the migration names.

The rules: the database itself notes what is to be indexed, so that a version from before, which may run beside this one,
misses nothing; what the index holds is all that three letters in a row may find, and a search looks again at what it found.
"""

from __future__ import annotations

# Which rows hold all the grams of a JSON list.
MATCHING = """from searched_sqlite where searched_sqlite match
    (select group_concat('"' || replace(value, '"', '""') || '"', ' AND ') from json_each(%(grams)s))"""
HOLDING = "from searched where grams(words) @> array(select value from json_array_elements_text(%(grams)s::json))::varchar[]"

# An external-content table of FTS5: it keeps no copy, and has to be told what goes.
SEARCH_SQLITE = {
    "{search_index}": """create virtual table searched_sqlite using fts5 (words, content='searched', content_rowid='place',
        tokenize='trigram', detail='none', columnsize=0)""",
    "{search_kept}": """create trigger searched_added after insert on searched begin
        insert into searched_sqlite (rowid, words) values (new.place, new.words); end""",
    "{search_dropped}": """create trigger searched_dropped after delete on searched begin
        insert into searched_sqlite (searched_sqlite, rowid, words) values ('delete', old.place, old.words); end""",
    "{search_made}": """create trigger incidents_made after insert on incidents begin
        insert into unsearched select new.id, new.sequence where not exists
        (select 1 from unsearched where incident_id = new.id and sequence = new.sequence); end""",
    "{search_changed}": """create trigger incidents_changed after update of words on incidents when new.words <> old.words begin
        insert into unsearched select new.id, new.sequence where not exists
        (select 1 from unsearched where incident_id = new.id and sequence = new.sequence); end""",
}

# Functions and operators that every PostgreSQL has: an extension may need rights that a relay is not given.
# "varchar", as a type of an argument has no collation.
SEARCH_POSTGRES = {
    "{search_index}": """create function grams(words varchar) returns varchar[] language sql immutable strict parallel safe as
        $$ select array(select distinct substr(words, n, 3) from generate_series(1, length(words) - 2) n)::varchar[] $$""",
    "{search_kept}": "create index searched_words on searched using gin (grams(words))",
    "{search_dropped}": """create function note_unsearched() returns trigger language plpgsql as $$ begin
        insert into relay.unsearched values (new.id, new.sequence) on conflict do nothing; return null; end $$""",
    "{search_made}": """create trigger incidents_made after insert on incidents
        for each row execute function note_unsearched()""",
    "{search_changed}": """create trigger incidents_changed after update of words on incidents
        for each row when (new.words is distinct from old.words) execute function note_unsearched()""",
}
