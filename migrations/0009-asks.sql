-- How often each login asked for something on one issue or pull request, within the hour that began with the first of it.
create table asks (
  repository_id bigint not null,
  number integer not null check (number > 0),
  login text not null,
  count integer not null check (count > 0),
  began_at timestamptz not null,
  primary key (repository_id, number, login)
);
