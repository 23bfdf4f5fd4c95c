// Searches items by a part of their name, one page at a time. Pages are counted from 1.
export function searchItems(db, term, page, size) {
  const where = `name LIKE '%${term}%'`;
  const total = db.prepare(`SELECT count(*) AS n FROM items WHERE ${where}`).get().n;
  const items = db
    .prepare(`SELECT id, name, shelf, note FROM items WHERE ${where} ORDER BY name LIMIT ? OFFSET ?`)
    .all(size, (page - 1) * size);
  return { items, page, pages: Math.floor(total / size) + 1 };
}
