-- no transaction
-- What a run that broke off left behind is not valid, and is built anew.
DROP INDEX CONCURRENTLY IF EXISTS customers_family_name;
CREATE INDEX CONCURRENTLY customers_family_name
  ON customers (lower(family_name) text_pattern_ops);

DROP INDEX CONCURRENTLY IF EXISTS customers_given_name;
CREATE INDEX CONCURRENTLY customers_given_name
  ON customers (lower(given_name) text_pattern_ops);
