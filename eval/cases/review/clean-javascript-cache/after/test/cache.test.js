'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Cache } = require('../lib/cache');

test('the entry that was used longest ago goes first', () => {
  const cache = new Cache(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);

  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.get('a'), 1);
});

test('an entry that is set again keeps its place among the newest', () => {
  const cache = new Cache(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.set('a', 3);
  cache.set('c', 4);

  assert.equal(cache.get('a'), 3);
  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.size, 2);
});

test('undefined is a value and a key', () => {
  const cache = new Cache(1);
  cache.set(undefined, 1);
  cache.set('a', undefined);

  assert.equal(cache.size, 1);
  assert.equal(cache.delete('a'), true);
});

test('a limit of nothing is refused', () => {
  for (const limit of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Cache(limit), RangeError);
});
