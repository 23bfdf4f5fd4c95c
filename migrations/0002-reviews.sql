-- What reviews remember from push to push, and what the crew learned about a repository: see src/core/review-records.ts.
-- Stock PostgreSQL 15 or later; pgvector is used where it is installed.

create sequence finding_positions;

create table findings (
  repository_id bigint not null references repositories (id),
  -- Of the pull request.
  number integer not null check (number > 0),
  fingerprint text not null,
  -- Order in which they were raised. Not an identity: rows are written in the order of their fingerprints, so that two
  -- transactions that raise the same findings never wait for each other in a circle.
  position bigint not null,
  task_id text not null references tasks (id),
  head_sha text not null,
  roles text[] not null,
  path text not null,
  anchor json not null,
  severity text not null check (severity in ('critical', 'high', 'medium', 'low')),
  category text not null,
  title text not null,
  body text not null,
  state text not null default 'open' check (state in ('open', 'fixed', 'dismissed', 'withdrawn')),
  settled_by text,
  reason text,
  primary key (repository_id, number, fingerprint),
  check ((state = 'open') = (settled_by is null)),
  check ((state = 'open') = (reason is null))
);

-- Of pull requests that may be known to GitHub alone: no reference to repositories here and in memories.
create table watches (
  repository_id bigint not null,
  number integer not null check (number > 0),
  paused text check (paused in ('asked', 'automatic')),
  paused_by text,
  pushed_heads text[] not null default '{}',
  primary key (repository_id, number),
  check ((paused is null) = (paused_by is null))
);

-- `english`, whatever language people write: it drops the words that would match anything and joins plural and singular,
-- which matters where texts are compared word by word. Words of other languages are cut the same way on both sides and
-- still meet (a database of locale C tells their capital letters apart); with `simple` every "the" would be a match.
create table memories (
  repository_id bigint not null,
  id text not null check (id ~ '^[a-z0-9]{8}$'),
  position bigint generated always as identity,
  key text not null,
  kind text not null check (kind in ('dismissed', 'valued', 'lesson')),
  text text not null,
  path text,
  evidence json not null,
  uses integer not null default 0 check (uses >= 0),
  created_at timestamptz not null,
  used_at timestamptz,
  expires_at timestamptz not null,
  -- A forgotten memory stays, without its content, as long as the repository does: what holds its key is not learned again.
  forgotten_at timestamptz,
  search tsvector not null generated always as (to_tsvector('english', text || ' ' || coalesce(path, ''))) stored,
  primary key (repository_id, id),
  unique (repository_id, key),
  check (forgotten_at is null or text = '')
);
create index memories_by_words on memories using gin (search);
create index memories_newest on memories (repository_id, position desc) where forgotten_at is null;
create index memories_expiring on memories (expires_at) where forgotten_at is null;

-- One column, of the type that the server has; the store looks at it once. Vectors have length 1. There is no index of
-- vectors: only one repository's memories are ever compared, and comparing them all is exact. A database that gets pgvector
-- later stays with its arrays, which work the same and compare a bounded number.
do $$
begin
  if to_regtype('vector') is null and exists (select from pg_available_extensions where name = 'vector') then
    begin
      create extension vector;
    exception when others then
      -- The role may not, or the server's files are not whole: arrays do.
      raise notice 'pgvector is not used: %', sqlerrm;
    end;
  end if;
  if to_regtype('vector') is not null then
    alter table memories add column embedding vector(512);
  else
    alter table memories add column embedding real[] check (cardinality(embedding) = 512);
  end if;
end
$$;
