-- The index that searches go by: for each three letters in a row, who has them. It holds no text; its rows are told by a
-- number, since the rowid of a table without one of its own may change when the file is written anew. Beside the number the
-- index has the organization: whose row it is, is seen without the row.
alter table users add column search_number integer;
update users set search_number = rowid;
create index users_by_search_number on users (search_number, organization_id);
create virtual table users_search using fts5 (
    search_key, content = 'users', content_rowid = 'search_number', tokenize = 'trigram case_sensitive 1', detail = none,
    columnsize = 0
);
-- What is deleted leaves the index at once, not when parts of it are merged.
insert into users_search (users_search, rank) values ('secure-delete', 1);
insert into users_search (users_search) values ('rebuild');

create trigger users_search_gains after insert on users
begin
    update users set search_number = (select coalesce(max(search_number), 0) + 1 from users) where id = new.id;
    insert into users_search (rowid, search_key) select search_number, search_key from users where id = new.id;
end;

create trigger users_search_changes after update of search_key on users when old.search_key <> new.search_key
begin
    insert into users_search (users_search, rowid, search_key) values ('delete', old.search_number, old.search_key);
    insert into users_search (rowid, search_key) values (new.search_number, new.search_key);
end;

create trigger users_search_loses after delete on users
begin
    insert into users_search (users_search, rowid, search_key) values ('delete', old.search_number, old.search_key);
end;

alter table invitations add column search_number integer;
update invitations set search_number = rowid;
create index invitations_by_search_number on invitations (search_number, organization_id);
create virtual table invitations_search using fts5 (
    search_key, content = 'invitations', content_rowid = 'search_number', tokenize = 'trigram case_sensitive 1',
    detail = none, columnsize = 0
);
insert into invitations_search (invitations_search, rank) values ('secure-delete', 1);
insert into invitations_search (invitations_search) values ('rebuild');

create trigger invitations_search_gains after insert on invitations
begin
    update invitations set search_number = (select coalesce(max(search_number), 0) + 1 from invitations)
        where id = new.id;
    insert into invitations_search (rowid, search_key) select search_number, search_key from invitations
        where id = new.id;
end;

create trigger invitations_search_changes after update of search_key on invitations
when old.search_key <> new.search_key
begin
    insert into invitations_search (invitations_search, rowid, search_key)
        values ('delete', old.search_number, old.search_key);
    insert into invitations_search (rowid, search_key) values (new.search_number, new.search_key);
end;

create trigger invitations_search_loses after delete on invitations
begin
    insert into invitations_search (invitations_search, rowid, search_key)
        values ('delete', old.search_number, old.search_key);
end;
