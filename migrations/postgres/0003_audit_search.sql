-- Actor and object of an event, folded: what the audit log is searched by. It goes when a person is erased.
alter table audit_details add column search_key text collate "C" not null default '';
