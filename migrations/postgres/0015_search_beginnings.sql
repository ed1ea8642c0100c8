-- How an address or a name begins is known to the index in four letters as well as in two: of `james` and `jack`, who stands
-- far ahead in a list is not taken for who is searched. What else a text has is as before, and so are the names of function
-- and index: a server of the version before asks the same.
create or replace function search_grams(key text, name text) returns tsvector language plpgsql immutable strict parallel safe
as $$
declare
    whole text := chr(2) || key || chr(1) || substr(name || '  ', 1, 2);
    grams text[] := array[chr(2) || substr(key || '    ', 1, 4), chr(1) || substr(name || '    ', 1, 4)];
begin
    for place in 1..length(whole) - 2 loop
        grams[place + 2] := substr(whole, place, 3);
    end loop;
    return array_to_tsvector(grams);
end
$$;

-- The index before it goes in a migration of its own: whoever has read and wants to write waits for this one, which would wait
-- for them.
set local maintenance_work_mem = '256MB';
create index users_by_grams_anew on users using gin (search_grams(search_key, name_key))
    with (gin_pending_list_limit = 128);
create index invitations_by_grams_anew on invitations using gin (search_grams(search_key, ''))
    with (gin_pending_list_limit = 128);
