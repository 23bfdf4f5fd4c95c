-- Links to the live view of older tasks no longer hold: whoever has one may have had it from a page that is not theirs to read now.

alter table repositories add column links_after timestamptz;
