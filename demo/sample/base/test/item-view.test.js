import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatPrice, itemHtml, listHtml } from '../web/item-view.js';

const rice = { id: 1, name: 'Rice', shelf: 'dry', quantity: 2, price_cents: 199 };

it('shows name, quantity and price of an item', () => {
  const html = itemHtml(rice);

  for (const part of ['Rice', '>2<', '1.99 €']) assert.ok(html.includes(part), part);
});

it('escapes what a name brings along', () => {
  const html = itemHtml({ ...rice, name: '<img src=x onerror=alert(1)>' });

  assert.ok(!html.includes('<img'));
  assert.ok(html.includes('&lt;img'));
});

it('says so when nothing is there', () => {
  assert.match(listHtml([]), /Nothing in the larder/);
  assert.equal(formatPrice(5), '0.05 €');
});
