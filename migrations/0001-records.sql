-- The crew's records, in the order in which work flows through them: see src/core/records.ts for what each word means.
-- Stock PostgreSQL 15 or later, no extensions. Large documents that are only ever read back whole are `json` (stored as
-- written); what is compared or looked into is `jsonb`.

create table deliveries (
  guid text primary key,
  event text not null,
  action text,
  payload json not null,
  body_hash text not null,
  installation_id bigint,
  repository text,
  state text not null default 'received' check (state in ('received', 'handled', 'dead')),
  attempts integer not null default 0 check (attempts >= 0),
  decisions jsonb not null default '[]',
  error text,
  lease_owner text,
  lease_until timestamptz,
  rung_at timestamptz,
  received_at timestamptz not null,
  handled_at timestamptz,
  check ((lease_owner is null) = (lease_until is null)),
  check ((state = 'handled') = (handled_at is not null))
);
create index deliveries_due on deliveries (received_at) where state = 'received';
create index deliveries_newest on deliveries (received_at desc);
create index deliveries_held on deliveries (lease_owner) where lease_owner is not null;

create table repositories (
  id bigint primary key,
  owner text not null,
  name text not null,
  installation_id bigint not null,
  default_branch text not null,
  private boolean not null,
  removed_at timestamptz
);

create table tasks (
  id text primary key,
  kind text not null check (kind in ('implement', 'review', 'ask', 'reply')),
  repository_id bigint not null references repositories (id),
  subject_kind text not null check (subject_kind in ('issue', 'pull_request')),
  subject_number integer not null check (subject_number > 0),
  request_key text not null unique,
  requester text not null,
  request json not null,
  state text not null default 'queued' check (
    state in ('queued', 'planning', 'awaiting_approval', 'working', 'verifying', 'publishing', 'done', 'failed', 'stopped', 'over_budget')
  ),
  reason text,
  budget_usd numeric not null check (budget_usd >= 0),
  cost_usd numeric not null default 0 check (cost_usd >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  looked_at timestamptz,
  check ((state in ('done', 'failed', 'stopped', 'over_budget')) = (finished_at is not null))
);
create index tasks_due on tasks (looked_at nulls first) where finished_at is null;
create index tasks_on_subject on tasks (repository_id, subject_number, created_at desc);
create index tasks_newest on tasks (created_at desc);

create table plans (
  id text primary key,
  task_id text not null references tasks (id),
  version integer not null check (version > 0),
  hash text not null,
  answer json not null,
  estimate_usd numeric not null,
  state text not null default 'proposed' check (state in ('proposed', 'approved', 'superseded')),
  approved_by text,
  created_at timestamptz not null,
  unique (task_id, version),
  check (state <> 'approved' or approved_by is not null)
);
create unique index plans_in_force on plans (task_id) where state <> 'superseded';

create table subtasks (
  id text primary key,
  position bigint generated always as identity,
  task_id text not null references tasks (id),
  plan_id text references plans (id),
  key text not null,
  kind text not null check (kind in ('plan', 'survey', 'work', 'review', 'refute', 'answer', 'reply', 'verify')),
  role text not null,
  title text not null,
  goal text not null,
  acceptance text[] not null,
  files text[] not null,
  depends_on text[] not null,
  state text not null default 'pending' check (state in ('pending', 'running', 'done', 'failed', 'stopped')),
  attempts integer not null default 0 check (attempts >= 0),
  -- Leases that ran out or whose owner died, since the subtask was added or reopened.
  losses integer not null default 0 check (losses >= 0),
  token bigint not null default 0,
  lease_owner text,
  lease_until timestamptz,
  enqueued_at timestamptz,
  -- Not to be taken up before, when whoever was asked said so (a rate limit).
  due_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  -- Of every attempt, whatever became of it.
  cost_usd numeric not null default 0 check (cost_usd >= 0),
  -- The most that the model call which runs now can cost: no other agent of the task may spend it.
  reserved_usd numeric not null default 0 check (reserved_usd >= 0),
  unique (task_id, key),
  check (state = 'running' or reserved_usd = 0),
  check ((state = 'running') = (lease_owner is not null)),
  check ((lease_owner is null) = (lease_until is null)),
  check ((state in ('done', 'failed', 'stopped')) = (finished_at is not null))
);
create index subtasks_held on subtasks (lease_owner) where lease_owner is not null;

create table results (
  id text primary key,
  position bigint generated always as identity,
  task_id text not null references tasks (id),
  subtask_id text not null references subtasks (id),
  outcome json not null,
  usage jsonb not null,
  cost_usd numeric not null check (cost_usd >= 0),
  duration_ms bigint not null check (duration_ms >= 0),
  created_at timestamptz not null
);
create index results_of_subtask on results (subtask_id, position desc);
create index results_of_task on results (task_id, position);

create table effects (
  id text primary key,
  position bigint generated always as identity,
  key text not null unique,
  task_id text references tasks (id),
  repository_id bigint not null references repositories (id),
  action jsonb not null,
  revision integer not null default 1 check (revision > 0),
  state text not null default 'planned' check (state in ('planned', 'sending', 'done', 'failed')),
  attempts integer not null default 0 check (attempts >= 0),
  -- Deferred: effects that belong together are planned in one transaction, in any order.
  after_key text references effects (key) deferrable initially deferred,
  min_interval_ms integer not null default 0 check (min_interval_ms >= 0),
  token bigint not null default 0,
  lease_owner text,
  lease_until timestamptz,
  -- Revision that the newest claim took.
  sent_revision integer,
  -- An earlier sending's outcome is unknown: look on GitHub before sending again.
  in_doubt boolean not null default false,
  due_at timestamptz not null,
  enqueued_at timestamptz,
  outcome jsonb,
  error text,
  created_at timestamptz not null,
  done_at timestamptz,
  check ((state = 'sending') = (lease_owner is not null)),
  check ((lease_owner is null) = (lease_until is null)),
  check (state <> 'done' or outcome is not null),
  check ((outcome is null) = (done_at is null))
);
create index effects_due on effects (due_at) where state in ('planned', 'sending');
create index effects_of_task on effects (task_id, position);
create index effects_after on effects (after_key) where after_key is not null;
create index effects_held on effects (lease_owner) where lease_owner is not null;

create table transcripts (
  id text primary key,
  position bigint generated always as identity,
  task_id text not null references tasks (id),
  subtask_id text not null references subtasks (id),
  attempt integer not null,
  model text not null,
  messages json not null,
  ended text not null,
  created_at timestamptz not null
);
create index transcripts_of_task on transcripts (task_id, position);

create table messages (
  id bigint generated always as identity primary key,
  task_id text not null references tasks (id),
  sender text not null,
  body text not null,
  sent_at timestamptz not null
);
create index messages_of_task on messages (task_id, id);

create table events (
  seq bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  type text not null,
  task_id text,
  subject text not null,
  data jsonb not null
);
create index events_of_task on events (task_id, seq) where task_id is not null;

create function refuse_change_of_events() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only: % is refused', tg_op using errcode = 'restrict_violation';
end
$$;
create trigger events_are_append_only before update or delete or truncate on events
  for each statement execute function refuse_change_of_events();

-- An identity gives its numbers when rows are written; they become visible when their transactions commit, in any order.
-- So that a reader can tell which numbers are settled, each transaction that writes events holds until its end an advisory
-- lock that names the number after which its own come. A statement's trigger runs before the statement takes numbers;
-- PostgreSQL shows a transaction's rows before it lets go of its locks.
create function events_unsettled_lock() returns bigint language sql immutable as $$
  select 29810::bigint << 48
$$;
create function announce_events() returns trigger language plpgsql as $$
declare
  latest bigint;
begin
  if coalesce(current_setting('crew.events_announced', true), '') = '' then
    select case when is_called then last_value else last_value - 1 end into latest from events_seq_seq;
    perform pg_advisory_xact_lock_shared(events_unsettled_lock() | latest);
    perform set_config('crew.events_announced', 'yes', true);
  end if;
  return null;
end
$$;
create trigger events_are_announced before insert on events
  for each statement execute function announce_events();

-- The number up to which all events are committed or will never be. The latest number is read before the locks: whoever
-- took one up to it either still holds its lock, or has ended. To be asked in a statement before the one that reads events.
create function settled_events() returns bigint language plpgsql volatile as $$
declare
  latest bigint;
  unsettled bigint;
begin
  select last_value into latest from events_seq_seq;
  select min((classid::bigint << 32 | objid::bigint) & ((1::bigint << 48) - 1)) into unsettled
  from pg_locks
  where locktype = 'advisory' and objsubid = 1 and mode = 'ShareLock' and granted
    and database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) >> 48 = events_unsettled_lock() >> 48;
  return least(latest, unsettled);
end
$$;
