CREATE VIEW customer_search AS
SELECT id,
       btrim(concat_ws(' ', given_name, family_name)) AS full_name,
       lower(email) AS email,
       created_at
  FROM customers;

COMMENT ON VIEW customer_search IS 'What the support desk searches in';

GRANT SELECT ON customer_search TO support;
