-- A second factor that was begun is shown, and confirmed, in the session alone in which the password was given for it.
alter table second_factors add column begun_in uuid;
