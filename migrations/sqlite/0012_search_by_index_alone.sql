-- A search compares many rows with its words, and shows few of them. With the text that is compared beside it, an index
-- tells by itself which those are; to look each row up for it took most of a search's time.
drop index if exists users_by_search_number;
create index users_by_search_number on users (search_number, organization_id, search_key);
drop index if exists users_by_name;
create index users_by_name on users (name_key, id, search_key);
drop index if exists invitations_by_search_number;
create index invitations_by_search_number on invitations (search_number, organization_id, search_key);
-- An import that was broken off has them to be built yet, as they were.
delete from deferred_indexes where name in ('users_by_search_number', 'users_by_name', 'invitations_by_search_number');
