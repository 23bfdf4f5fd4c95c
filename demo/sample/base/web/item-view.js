// Makes HTML out of items. No DOM in here, so that it can be tested without one.
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

export function formatPrice(cents) {
  return `${(cents / 100).toFixed(2)} €`;
}

export function itemHtml(item) {
  return `<li class="item ${escapeHtml(item.shelf)}" data-id="${escapeHtml(item.id)}">
    <span class="name">${escapeHtml(item.name)}</span>
    <span class="quantity">${escapeHtml(item.quantity)}</span>
    <span class="price">${formatPrice(item.price_cents)}</span>
    <button class="delete" aria-label="Delete">×</button>
  </li>`;
}

export function listHtml(items) {
  return items.length === 0 ? '<li class="empty">Nothing in the larder</li>' : items.map(itemHtml).join('');
}
