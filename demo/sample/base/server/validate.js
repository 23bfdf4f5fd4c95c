// Checks what comes in. Every check returns the value it accepts and throws BadRequest otherwise.
export class BadRequest extends Error {}

export const SHELVES = ['cold', 'dry', 'freezer'];
const NAME_MAX = 80;
const PRICE_MAX_CENTS = 1_000_00;
const QUANTITY_MAX = 999;

export function checkItem(body) {
  return {
    name: checkName(body.name),
    shelf: checkShelf(body.shelf),
    quantity: checkQuantity(body.quantity ?? 1),
    price_cents: checkPrice(body.price_cents ?? 0),
  };
}

export function checkName(name) {
  if (typeof name !== 'string' || name.trim() === '') throw new BadRequest('name must not be empty');
  if (name.length > NAME_MAX) throw new BadRequest(`name must have at most ${NAME_MAX} characters`);
  return name.trim();
}

export function checkShelf(shelf) {
  if (!SHELVES.includes(shelf)) throw new BadRequest(`shelf must be one of ${SHELVES.join(', ')}`);
  return shelf;
}

export function checkQuantity(quantity) {
  return wholeNumber('quantity', quantity, QUANTITY_MAX);
}

export function checkPrice(priceCents) {
  return wholeNumber('price_cents', priceCents, PRICE_MAX_CENTS);
}

export function checkId(id) {
  return wholeNumber('id', Number(id), Number.MAX_SAFE_INTEGER);
}

function wholeNumber(what, value, max) {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new BadRequest(`${what} must be a whole number from 0 to ${max}`);
  }
  return value;
}
