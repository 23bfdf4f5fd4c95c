-- The same body under another GUID is found by its hash; and when a task was last asked for, by GitHub's clock, tells which of
-- the events that would stop it are of before that.

create index deliveries_same_body on deliveries (body_hash) where state = 'handled';

alter table tasks add column asked_at timestamptz;
