-- The index that searches go by needs an extension that the database's owner may not be allowed to add. So each start of
-- Usher makes it where it is missing, and goes on without where it can't: see crates/store/src/search.rs.
select 1;
