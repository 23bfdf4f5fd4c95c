-- no transaction
ALTER TABLE customers
  ADD COLUMN IF NOT EXISTS given_name text,
  ADD COLUMN IF NOT EXISTS family_name text;

COMMENT ON COLUMN customers.given_name IS 'What the customer wants to be called by';
COMMENT ON COLUMN customers.family_name IS 'Empty for customers with one name';

DO $$
DECLARE
  batch constant bigint := 10000;
  last_id bigint := 0;
  most_id bigint;
BEGIN
  SELECT coalesce(max(id), 0) INTO most_id FROM customers;
  WHILE last_id < most_id LOOP
    UPDATE customers
       SET given_name = split_part(btrim(name), ' ', 1),
           family_name = split_part(btrim(name), ' ', 2)
     WHERE id > last_id
       AND id <= last_id + batch
       AND given_name IS NULL;
    COMMIT;
    last_id := last_id + batch;
  END LOOP;
END
$$;
