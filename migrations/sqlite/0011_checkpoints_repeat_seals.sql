-- A checkpoint repeats a seal that is there, or a checkpoint: when the key is rotated, the last one is proved anew. So nobody
-- makes room for deleting what no seal covers yet.
create trigger audit_checkpoints_repeat_a_seal before insert on audit_checkpoints
when not exists (select 1 from audit_seals where sequence = new.sequence and mac = new.mac)
    and not exists (select 1 from audit_checkpoints where sequence = new.sequence and mac = new.mac)
begin
    select raise(abort, 'the audit log only grows');
end;
