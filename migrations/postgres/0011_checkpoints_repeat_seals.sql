-- A checkpoint repeats a seal that is there, or a checkpoint: when the key is rotated, the last one is proved anew. So nobody
-- makes room for deleting what no seal covers yet.
create function refuse_checkpoint_without_seal() returns trigger language plpgsql as $$
begin
    if exists (select 1 from audit_seals where sequence = new.sequence and mac = new.mac)
        or exists (select 1 from audit_checkpoints where sequence = new.sequence and mac = new.mac) then
        return new;
    end if;
    raise exception 'the audit log only grows';
end
$$;

create trigger audit_checkpoints_repeat_a_seal before insert on audit_checkpoints
    for each row execute function refuse_checkpoint_without_seal();
