-- A search looks at many rows in the order of a list, and shows few of them. With the text that is compared beside it, the
-- index of the order tells by itself which those are.
set local maintenance_work_mem = '256MB';
create index users_by_name_anew on users (name_key, id) include (search_key);
create index users_by_email_anew on users (email, id) include (search_key);
