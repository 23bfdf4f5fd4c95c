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
