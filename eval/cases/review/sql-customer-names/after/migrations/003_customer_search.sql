-- no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_family_name
  ON customers (lower(family_name) text_pattern_ops);

CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_given_name
  ON customers (lower(given_name) text_pattern_ops);
