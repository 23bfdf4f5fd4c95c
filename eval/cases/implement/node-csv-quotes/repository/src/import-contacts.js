import { parseCsv } from './csv.js';

export function importContacts(text) {
  return parseCsv(text)
    .filter(({ name }) => name !== '')
    .map(({ name, street, city }) => ({ name, address: [street, city].filter(Boolean).join(', ') }));
}
