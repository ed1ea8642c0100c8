-- The audit log only grows. Details may be deleted, to erase a person, but never changed.
create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log only grows';
end
$$;

create trigger audit_events_are_not_changed before update or delete on audit_events
    for each row execute function refuse_change_of_audit();

create trigger audit_events_are_not_emptied before truncate on audit_events
    for each statement execute function refuse_change_of_audit();

create trigger audit_details_are_not_changed before update on audit_details
    for each row execute function refuse_change_of_audit();

create trigger audit_details_are_not_emptied before truncate on audit_details
    for each statement execute function refuse_change_of_audit();
