ALTER TABLE products ADD COLUMN price_cents INTEGER NOT NULL DEFAULT 0 CHECK (price_cents >= 0);
UPDATE products SET price_cents = CAST(ROUND(COALESCE(price, 0) * 100) AS INTEGER);
ALTER TABLE products DROP COLUMN price;
