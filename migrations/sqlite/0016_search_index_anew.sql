-- What a search finds is sorted by name in this index, so that only a page of it is looked up.
drop index if exists users_by_search_number;
create index users_by_search_number on users (search_number, organization_id, search_key, name_key, id);
delete from deferred_indexes where name = 'users_by_search_number';
