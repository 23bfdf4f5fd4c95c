/** Addresses and keys that are nearly right. */
import type { Random } from '../../support/random.ts';

const PREFIXES = [
  '/',
  '//',
  '/./',
  '/../',
  '/%2e%2e/',
  '/%2E/',
  '/healthz/../',
  '/api/github/webhooks/../../../',
  '/tasks/..%2f',
  '/\\',
  '/;/',
];
const NAMES = [
  'tasks',
  'TASKS',
  '%74asks',
  'tasks%00',
  'tasks;a=b',
  'tasks/%2e',
  'tasks%2f',
  'task%73',
  'tasks/live.css/..',
  'tasks//',
];
const SUFFIXES = [
  '',
  '/',
  '//',
  '/events',
  '/events/',
  '/events/..',
  '%00',
  '%20',
  '.html',
  '.json',
  '%0d%0aX-Evil:%201',
  ';key=x',
  '/live.js',
  '#',
  '%2fevents',
];
const QUERIES = [
  '',
  '?',
  '?key=',
  '?key',
  '?key[]=x',
  '?key=x&key=y',
  '?KEY=x',
  '?key=%00',
  '?key=null',
  '?key=undefined',
  '?key=%F0%9F',
  '?%6bey=x',
  `?key=${'A'.repeat(43)}`,
  '?__proto__[key]=x',
  '?key=*',
];
const LONG = 12_000;

/** None of them holds a right key. */
export function crookedPaths(task: string, random: Random, many: number): readonly string[] {
  const long = ['a', '/', '%2e%2e/', 'tasks/'].map(
    (part) => `/tasks/${task}/${part.repeat(LONG / part.length)}`,
  );
  const ids = [
    task,
    task.toUpperCase(),
    `${task}%20`,
    `%20${task}`,
    task.replaceAll('-', ''),
    `${task},${task}`,
    '..',
    '*',
    ':id',
    '%',
    '%zz',
  ];
  const drawn = Array.from(
    { length: many },
    () =>
      `${random.pick(PREFIXES)}${random.pick(NAMES)}/${random.pick(ids)}${random.pick(SUFFIXES)}${random.pick(QUERIES)}`,
  );
  return [...long, ...drawn];
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Not the key, though nearly. */
export function wrongKeys(key: string, random: Random, many: number): readonly string[] {
  const simple = [
    '',
    key.slice(1),
    key.slice(0, -1),
    `${key} `,
    ` ${key}`,
    `${key}=`,
    key.toLowerCase(),
    key.toUpperCase(),
    `${key}\0`,
    `${key}${key}`,
    `${key},${key}`,
    '0',
    'true',
    '*',
  ];
  const drawn = Array.from({ length: many }, () => {
    const chars = [...key];
    for (let changes = random.between(1, 3); changes > 0; changes -= 1) {
      chars[random.between(0, chars.length - 1)] = random.pick([...ALPHABET]);
    }
    return chars.join('');
  });
  return [...simple, ...drawn].filter((wrong) => wrong !== key);
}
