-- The note comes last, after the price, so the table is made anew.
CREATE TABLE items_new (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  shelf TEXT NOT NULL,
  quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity >= 0),
  price_cents INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT ''
);
INSERT INTO items_new (id, name, shelf, quantity) SELECT id, name, shelf, quantity FROM items;
DROP TABLE items;
ALTER TABLE items_new RENAME TO items;
CREATE INDEX items_by_name ON items (name);
