import assert from 'node:assert/strict';
import { it } from 'node:test';
import { resolveFile } from '../src/resolve-file.js';

const root = new URL('../public', import.meta.url).pathname;

it('finds a file below the root, and not one that is not there', () => {
  assert.equal(resolveFile(root, '/index.html'), `${root}/index.html`);
  assert.equal(resolveFile(root, '/none.html'), null);
});
