-- The index of searches knows users by numbers in the order of their names. Whoever is searched in a list by name is looked
-- for in the part of the index that a page shows, instead of in all of it: of everybody called Brown, among those called
-- Aaron. How a name begins need not stand behind the text any more, as it is told by the number.
drop trigger if exists users_search_gains;
drop trigger if exists users_search_changes;
drop trigger if exists users_search_loses;
drop table users_search_grams;
drop table users_search;
drop view users_searched;

-- Those whose names begin with the same four bytes have numbers behind this one, up to 2^31 - 1 more. A name of fewer bytes
-- has blanks behind it.
create view users_places (id, first) as
    select id, (
        ((instr('0123456789ABCDEF', substr(begins, 1, 1)) - 1) << 28) | ((instr('0123456789ABCDEF', substr(begins, 2, 1)) - 1) << 24) |
        ((instr('0123456789ABCDEF', substr(begins, 3, 1)) - 1) << 20) | ((instr('0123456789ABCDEF', substr(begins, 4, 1)) - 1) << 16) |
        ((instr('0123456789ABCDEF', substr(begins, 5, 1)) - 1) << 12) | ((instr('0123456789ABCDEF', substr(begins, 6, 1)) - 1) << 8) |
        ((instr('0123456789ABCDEF', substr(begins, 7, 1)) - 1) << 4) | (instr('0123456789ABCDEF', substr(begins, 8, 1)) - 1)
    ) << 31
    from (select id, hex(substr(cast(name_key || '    ' as blob), 1, 4)) as begins from users);
update users set search_number = (select p.first from users_places p where p.id = users.id) + rowid;

create view users_searched (search_number, search_key) as
    select search_number, char(2) || search_key || char(1) || char(4) || substr(search_key || '  ', 3, 2) from users;
create virtual table users_search using fts5 (
    search_key, content = 'users_searched', content_rowid = 'search_number', tokenize = 'trigram case_sensitive 1',
    detail = none, columnsize = 0
);
insert into users_search (users_search, rank) values ('secure-delete', 1);
-- In the order of numbers, which takes less than to build it in another, and in one piece: a word is looked up in each.
insert into users_search (users_search, rank) values ('automerge', 0), ('crisismerge', 1000);
insert into users_search (rowid, search_key) select search_number, search_key from users_searched order by search_number;
insert into users_search (users_search, rank) values ('optimize', null), ('automerge', 4), ('crisismerge', 16);
insert into invitations_search (invitations_search) values ('optimize');
create virtual table users_search_grams using fts5vocab ('users_search', 'instance');

create trigger users_search_gains after insert on users
begin
    update users set search_number = (
        select coalesce((select n.search_number from users n where n.search_number between p.first and p.first + 2147483647
            order by n.search_number desc limit 1), p.first) + 1 from users_places p where p.id = new.id
    ) where id = new.id;
    insert into users_search (rowid, search_key) select search_number, search_key from users_searched
        where search_number = (select search_number from users where id = new.id);
end;

create trigger users_search_changes after update of search_key, name_key on users
when old.search_key <> new.search_key or old.name_key <> new.name_key
begin
    insert into users_search (users_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || char(4) || substr(old.search_key || '  ', 3, 2));
    update users set search_number = (
        select coalesce((select n.search_number from users n where n.search_number between p.first and p.first + 2147483647
            order by n.search_number desc limit 1), p.first) + 1 from users_places p where p.id = new.id
    ) where id = new.id
        and search_number >> 31 <> (select p.first >> 31 from users_places p where p.id = new.id);
    insert into users_search (rowid, search_key) select search_number, search_key from users_searched
        where search_number = (select search_number from users where id = new.id);
end;

create trigger users_search_loses after delete on users
begin
    insert into users_search (users_search, rowid, search_key)
        values ('delete', old.search_number,
            char(2) || old.search_key || char(1) || char(4) || substr(old.search_key || '  ', 3, 2));
end;
-- They may have been put off by an import that was broken off.
delete from deferred_indexes where name like 'users\_search%' escape '\' or name = 'a users';
