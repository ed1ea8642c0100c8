-- What 0015 has built takes the place of what was before.
delete from deferred_indexes where name in ('users_by_grams', 'invitations_by_grams');
drop index if exists users_by_grams;
drop index if exists invitations_by_grams;
alter index users_by_grams_anew rename to users_by_grams;
alter index invitations_by_grams_anew rename to invitations_by_grams;
