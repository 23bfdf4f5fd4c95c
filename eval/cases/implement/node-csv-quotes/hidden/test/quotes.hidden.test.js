import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCsv } from '../src/csv.js';
import { importContacts } from '../src/import-contacts.js';

describe('quoted fields', () => {
  it('hold commas', () => {
    assert.deepEqual(parseCsv('name,street,city\n"Okafor, Ada",Hill Road 3,Leeds\n'), [
      { name: 'Okafor, Ada', street: 'Hill Road 3', city: 'Leeds' },
    ]);
  });

  it('hold double quotes that are written twice, and nothing at all', () => {
    assert.deepEqual(parseCsv('name,city\n"Ada ""The Countess"" King",""\n'), [
      { name: 'Ada "The Countess" King', city: '' },
    ]);
  });

  it('hold line breaks, empty lines among them', () => {
    assert.deepEqual(parseCsv('name,city\n"Ada\n\nKing",Leeds\nGrace,York'), [
      { name: 'Ada\n\nKing', city: 'Leeds' },
      { name: 'Grace', city: 'York' },
    ]);
  });

  it('may be header names and the last field of a file from Windows', () => {
    assert.deepEqual(parseCsv('"name","city"\r\nAda,"Leeds"\r\nGrace,"York"\r\n'), [
      { name: 'Ada', city: 'Leeds' },
      { name: 'Grace', city: 'York' },
    ]);
  });

  it('reach the contacts whole', () => {
    assert.deepEqual(importContacts('name,street,city\n"Okafor, Ada","Hill Road 3, back",Leeds\n'), [
      { name: 'Okafor, Ada', address: 'Hill Road 3, back, Leeds' },
    ]);
  });
});

describe('a quote that is never closed', () => {
  it('is an error that names its row', () => {
    assert.throws(() => parseCsv('name,city\nAda,Leeds\n"Grace,York\nMary,Hull\n'), /\b3\b/);
  });
});

describe('what worked before', () => {
  it('still does', () => {
    assert.deepEqual(parseCsv('name,city\r\n\r\nAda\r\n'), [{ name: 'Ada', city: '' }]);
    assert.deepEqual(parseCsv(''), []);
  });
});
