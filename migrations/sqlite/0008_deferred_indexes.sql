-- Indexes that an import has put off, to build each at once over all rows. Whoever opens the database next builds what an
-- interrupted import has left here.
create table deferred_indexes (
    name text not null primary key,
    definition text not null
) strict;
