-- SQLite's indexes hold what a search compares. Postgres looks at the row before it compares, whatever an index holds.
select 1;
