-- Up to which time a repository's issues and pull requests were looked at for what no webhook told (src/app/ingest/reconcile.ts), by
-- GitHub's clock. What stood there before the crew came was never asked of it.
alter table repositories add column looked_until timestamptz not null default now();
