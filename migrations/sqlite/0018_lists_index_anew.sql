-- SQLite's index by name has held what a search compares since 0012.
select 1;
