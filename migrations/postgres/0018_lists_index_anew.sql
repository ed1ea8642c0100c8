-- What 0017 has built takes the place of what was before.
delete from deferred_indexes where name in ('users_by_name', 'users_by_email');
drop index if exists users_by_name;
drop index if exists users_by_email;
alter index users_by_name_anew rename to users_by_name;
alter index users_by_email_anew rename to users_by_email;
