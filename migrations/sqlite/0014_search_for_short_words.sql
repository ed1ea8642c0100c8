-- Behind each text stand a sign and how the name begins, in two letters: so a word of one or two letters is always the
-- beginning of three letters in a row, and the index of these finds it too. Before, who has such a word was found by looking
-- at every row. Another sign stands before the text, which begins with the address. So the index also tells whose address or
-- name begins like a word: in lists by these, they stand together.
drop trigger if exists users_search_gains;
drop trigger if exists users_search_changes;
drop trigger if exists users_search_loses;
drop table users_search;
-- Rows of an import that was broken off have no number yet.
update users set search_number = rowid where search_number is null;
create view users_searched (search_number, search_key) as
    select search_number, char(2) || search_key || char(1) || substr(name_key || '  ', 1, 2) from users;
create virtual table users_search using fts5 (
    search_key, content = 'users_searched', content_rowid = 'search_number', tokenize = 'trigram case_sensitive 1',
    detail = none, columnsize = 0
);
insert into users_search (users_search, rank) values ('secure-delete', 1);
insert into users_search (users_search) values ('rebuild');
-- Who has which three letters, in the order of the letters.
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
            char(2) || old.search_key || char(1) || substr(old.name_key || '  ', 1, 2));
    insert into users_search (rowid, search_key)
        values (new.search_number, char(2) || new.search_key || char(1) || substr(new.name_key || '  ', 1, 2));
end;

create trigger users_search_loses after delete on users
begin
    insert into users_search (users_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || substr(old.name_key || '  ', 1, 2));
end;

drop trigger if exists invitations_search_gains;
drop trigger if exists invitations_search_changes;
drop trigger if exists invitations_search_loses;
drop table invitations_search;
update invitations set search_number = rowid where search_number is null;
create view invitations_searched (search_number, search_key) as
    select search_number, char(2) || search_key || char(1) || '  ' from invitations;
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
        values ('delete', old.search_number, char(2) || old.search_key || char(1) || '  ');
    insert into invitations_search (rowid, search_key)
        values (new.search_number, char(2) || new.search_key || char(1) || '  ');
end;

create trigger invitations_search_loses after delete on invitations
begin
    insert into invitations_search (invitations_search, rowid, search_key)
        values ('delete', old.search_number, char(2) || old.search_key || char(1) || '  ');
end;
-- They may have been put off by an import that was broken off.
delete from deferred_indexes where name like 'users\_search\_%' escape '\' or name like 'invitations\_search\_%' escape '\';
