-- What 0017 has built takes the place of what was before. An import by a server of the version before, begun in between, has
-- put it off.
create index if not exists users_by_name_anew on users (name_key, id) include (search_key);
create index if not exists users_by_email_anew on users (email, id) include (search_key);
delete from deferred_indexes
    where name in ('users_by_name', 'users_by_email', 'users_by_name_anew', 'users_by_email_anew');
drop index if exists users_by_name;
drop index if exists users_by_email;
alter index users_by_name_anew rename to users_by_name;
alter index users_by_email_anew rename to users_by_email;
