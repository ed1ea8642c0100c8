-- A second factor that was begun is shown, and confirmed, in the session alone in which the password was given for it.
alter table second_factors add column begun_in blob;

-- What has another id than Usher gives would stand between two pages of the log, and hide what comes after it.
create trigger audit_events_have_whole_ids before insert on audit_events
when typeof(new.id) <> 'blob' or length(new.id) <> 16
begin
    select raise(abort, 'an event of the audit log has an id of 16 bytes');
end;
