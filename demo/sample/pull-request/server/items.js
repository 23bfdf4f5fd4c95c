// Every query on the items table. Values are bound, never written into the statement.
const COLUMNS = 'id, name, shelf, quantity, price_cents, note';
const ORDER = 'name, id';

export function listItems(db, shelf) {
  const rows = shelf
    ? db.prepare(`SELECT ${COLUMNS} FROM items WHERE shelf = ? ORDER BY ${ORDER}`).all(shelf)
    : db.prepare(`SELECT ${COLUMNS} FROM items ORDER BY ${ORDER}`).all();
  return rows.map(toItem);
}

export function findItem(db, id) {
  const row = db.prepare(`SELECT ${COLUMNS} FROM items WHERE id = ?`).get(id);
  return row && toItem(row);
}

export function addItem(db, { name, shelf, quantity, price_cents }) {
  const { lastInsertRowid } = db
    .prepare('INSERT INTO items (name, shelf, quantity, price_cents) VALUES (?, ?, ?, ?)')
    .run(name, shelf, quantity, price_cents);
  return findItem(db, lastInsertRowid);
}

export function setQuantity(db, id, quantity) {
  db.prepare('UPDATE items SET quantity = ? WHERE id = ?').run(quantity, id);
  return findItem(db, id);
}

export function setNote(db, id, note) {
  db.prepare('UPDATE items SET note = ? WHERE id = ?').run(note, id);
  return findItem(db, id);
}

export function deleteItem(db, id) {
  return db.prepare('DELETE FROM items WHERE id = ?').run(id).changes > 0;
}

function toItem(row) {
  return { ...row };
}
