-- The audit log only grows. Details may be deleted, to erase a person, but never changed.
create trigger audit_events_are_not_changed before update on audit_events
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_events_are_not_deleted before delete on audit_events
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_details_are_not_changed before update on audit_details
begin
    select raise(abort, 'the audit log only grows');
end;

-- "replace" would delete without a trigger.
create trigger audit_events_are_not_replaced before insert on audit_events
when exists (select 1 from audit_events where id = new.id)
begin
    select raise(abort, 'the audit log only grows');
end;

create trigger audit_details_are_not_replaced before insert on audit_details
when exists (select 1 from audit_details where event_id = new.event_id)
begin
    select raise(abort, 'the audit log only grows');
end;
