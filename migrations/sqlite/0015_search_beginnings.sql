-- How an address or a name begins is known to the index in four letters instead of two: of `james` and `jack`, who stands far
-- ahead in a list is not taken for who is searched. The third and the fourth letter have a sign of their own, so that two
-- grams are the whole beginning. The second two of an address stand behind those of the name.
drop trigger if exists users_search_gains;
drop trigger if exists users_search_changes;
drop trigger if exists users_search_loses;
drop table users_search_grams;
drop table users_search;
drop view users_searched;
-- Rows of an import that was broken off have no number yet.
update users set search_number = rowid where search_number is null;
create view users_searched (search_number, search_key) as
    select search_number, char(2) || search_key || char(1) || substr(name_key || '  ', 1, 2) || char(3)
        || substr(name_key || '    ', 3, 2) || char(4) || substr(search_key || '  ', 3, 2) from users;
create virtual table users_search using fts5 (
    search_key, content = 'users_searched', content_rowid = 'search_number', tokenize = 'trigram case_sensitive 1',
    detail = none, columnsize = 0
);
insert into users_search (users_search, rank) values ('secure-delete', 1);
insert into users_search (users_search) values ('rebuild');
create virtual table users_search_grams using fts5vocab ('users_search', 'instance');

create trigger users_search_gains after insert on users
begin
    update users set search_number = (select coalesce(max(search_number), 0) + 1 from users) where id = new.id;
    insert into users_search (rowid, search_key) select search_number, search_key from users_searched
        where search_number = (select search_number from users where id = new.id);
end;

create trigger users_search_changes after update of search_key on users when old.search_key <> new.search_key
begin
    insert into users_search (users_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || substr(old.name_key || '  ', 1, 2) || char(3)
            || substr(old.name_key || '    ', 3, 2) || char(4) || substr(old.search_key || '  ', 3, 2));
    insert into users_search (rowid, search_key) select search_number, search_key from users_searched
        where search_number = new.search_number;
end;

create trigger users_search_loses after delete on users
begin
    insert into users_search (users_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || substr(old.name_key || '  ', 1, 2) || char(3)
            || substr(old.name_key || '    ', 3, 2) || char(4) || substr(old.search_key || '  ', 3, 2));
end;

drop trigger if exists invitations_search_gains;
drop trigger if exists invitations_search_changes;
drop trigger if exists invitations_search_loses;
drop table invitations_search_grams;
drop table invitations_search;
drop view invitations_searched;
update invitations set search_number = rowid where search_number is null;
create view invitations_searched (search_number, search_key) as
    select search_number, char(2) || search_key || char(1) || '  ' || char(4) || substr(search_key || '  ', 3, 2)
        from invitations;
create virtual table invitations_search using fts5 (
    search_key, content = 'invitations_searched', content_rowid = 'search_number',
    tokenize = 'trigram case_sensitive 1', detail = none, columnsize = 0
);
insert into invitations_search (invitations_search, rank) values ('secure-delete', 1);
insert into invitations_search (invitations_search) values ('rebuild');
create virtual table invitations_search_grams using fts5vocab ('invitations_search', 'instance');

create trigger invitations_search_gains after insert on invitations
begin
    update invitations set search_number = (select coalesce(max(search_number), 0) + 1 from invitations)
        where id = new.id;
    insert into invitations_search (rowid, search_key) select search_number, search_key from invitations_searched
        where search_number = (select search_number from invitations where id = new.id);
end;

create trigger invitations_search_changes after update of search_key on invitations
when old.search_key <> new.search_key
begin
    insert into invitations_search (invitations_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || '  ' || char(4) || substr(old.search_key || '  ', 3, 2));
    insert into invitations_search (rowid, search_key) select search_number, search_key from invitations_searched
        where search_number = new.search_number;
end;

create trigger invitations_search_loses after delete on invitations
begin
    insert into invitations_search (invitations_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || '  ' || char(4) || substr(old.search_key || '  ', 3, 2));
end;
-- They may have been put off by an import that was broken off.
delete from deferred_indexes where name like 'users\_search\_%' escape '\' or name like 'invitations\_search\_%' escape '\';
