// Searches items by a part of their name, one page at a time. Pages are counted from 1.
const cache = new Map();

export function searchItems(db, term, page, size) {
  const key = JSON.stringify([term, page, size]);
  if (!cache.has(key)) cache.set(key, findItems(db, term, page, size));
  return cache.get(key);
}

function findItems(db, term, page, size) {
  const pattern = `%${term.replace(/[\\%_]/g, '\\$&')}%`;
  const where = "name LIKE ? ESCAPE '\\'";
  const total = db.prepare(`SELECT count(*) AS n FROM items WHERE ${where}`).get(pattern).n;
  const items = db
    .prepare(`SELECT id, name, shelf, note FROM items WHERE ${where} ORDER BY name LIMIT ? OFFSET ?`)
    .all(pattern, size, (page - 1) * size);
  return { items, page, pages: Math.floor(total / size) + 1 };
}
