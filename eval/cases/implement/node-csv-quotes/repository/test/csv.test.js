import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCsv } from '../src/csv.js';
import { importContacts } from '../src/import-contacts.js';

describe('parseCsv', () => {
  it('names fields by the header', () => {
    assert.deepEqual(parseCsv('name,city\nAda,Leeds\n'), [{ name: 'Ada', city: 'Leeds' }]);
  });

  it('reads files from Windows, leaves out empty lines, and fills up short rows', () => {
    assert.deepEqual(parseCsv('name,city\r\n\r\nAda\r\n'), [{ name: 'Ada', city: '' }]);
  });
});

describe('importContacts', () => {
  it('leaves out rows without a name', () => {
    assert.deepEqual(importContacts('name,street,city\n,Hill Road 3,Leeds\nAda,,Leeds\n'), [
      { name: 'Ada', address: 'Leeds' },
    ]);
  });
});
