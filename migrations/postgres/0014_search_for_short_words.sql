-- The letters of a text as an index of searches knows them: three in a row from each on. Behind the text stand a sign and how
-- the name begins, in two letters: so a word of one or two letters is always the beginning of such three. Another sign stands
-- before the text, which begins with the address. So the index also tells whose address or name begins like a word: in lists
-- by these, they stand together. Before, the index was one of pg_trgm, which knows letters and digits alone, and which an
-- installation may lack; a shorter word was found by looking at every row.
create function search_grams(key text, name text) returns tsvector language plpgsql immutable strict parallel safe as $$
declare
    whole text := chr(2) || key || chr(1) || substr(name || '  ', 1, 2);
    grams text[];
begin
    for place in 1..length(whole) - 2 loop
        grams[place] := substr(whole, place, 3);
    end loop;
    return array_to_tsvector(grams);
end
$$;

set local maintenance_work_mem = '256MB';
-- Of what is written little waits for its place in them: each search reads all that waits, up to 4 MiB where nothing is said.
-- Without any waiting an invitation takes longer.
create index users_by_grams on users using gin (search_grams(search_key, name_key))
    with (gin_pending_list_limit = 128);
create index invitations_by_grams on invitations using gin (search_grams(search_key, ''))
    with (gin_pending_list_limit = 128);
-- Last, since nobody reads from here on: while indexes are built, only who writes waits.
delete from deferred_indexes where name in ('users_by_trigram', 'invitations_by_trigram');
drop index if exists users_by_trigram;
drop index if exists invitations_by_trigram;
