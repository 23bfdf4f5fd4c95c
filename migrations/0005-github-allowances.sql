-- What GitHub lets each installation do, kept for all processes of the crew together: see src/store/allowances.ts. Not part of the
-- trail: a place is of no interest once its hour is over.

create table github_accounts (
  /* `installation-<id>`, or `app`. */
  account text primary key,
  /* GitHub said so: nothing is asked before. */
  paused_until timestamptz,
  next_write_at timestamptz
);

create table github_places (
  id bigint generated always as identity primary key,
  account text not null references github_accounts (account),
  content boolean not null,
  /* No later than this did GitHub get the request; moved back to the moment of its answer. */
  at timestamptz not null
);
create index github_places_newest on github_places (account, at desc);
create index github_places_content on github_places (account, at desc) where content;
