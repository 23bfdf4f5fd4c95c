ALTER TABLE customers
  ALTER COLUMN given_name SET NOT NULL,
  ALTER COLUMN family_name SET NOT NULL,
  DROP COLUMN name;

COMMENT ON TABLE customers IS 'People who have ordered at least once';
