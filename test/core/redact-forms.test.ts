import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/core/redact.ts';
import { slowTexts } from '../support/growth.ts';
import { randomFrom, runSeed } from '../support/random.ts';
import { bare, makeSecrets, tracesOf, writings } from '../support/written-secrets.ts';

const random = randomFrom(runSeed);
const secrets = makeSecrets(random);
const redactor = createRedactor({ secrets: secrets.map(({ value }) => value) });

describe.each(secrets)(`a secret: $kind (CREW_TEST_SEED=${runSeed})`, (secret) => {
  it.each(writings(secret, random))('is taken out $how', (written) => {
    const text = redactor.redact(`Here: ${written.text} .`);

    expect(text).toContain('[redacted]');
    expect(tracesOf(secret, written).filter((trace) => bare(text).includes(trace))).toEqual([]);
  });
});

describe('what is no secret', () => {
  it.each([
    ['how keys of Anthropic begin', 'Keys begin with sk-ant-api03- and are kept in ANTHROPIC_API_KEY.'],
    ['how keys begin', '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC'],
    ['the header of a JWT', 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9'],
    ['fewer letters and digits than a part', `It begins with ${secrets[8]?.value.slice(0, 11)}.`],
  ])('stays: %s', (_, text) => {
    expect(redactor.redact(text)).toBe(text);
  });

  it('stays where a secret is made of words that are few', () => {
    const { redact } = createRedactor({ secrets: ['hypercode-crew-1', 'postgres-crew', 'the-database'] });
    const text = 'HyperCode Crew: the database of the hypercode-crew bot is Postgres; crew/12 holds it.';

    expect(redact(text)).toBe(text);
  });
});

describe('a secret that is learned', () => {
  it('is taken out from then on, and forgotten when a thousand came after it', () => {
    const late = createRedactor({ secrets: [] });
    const [first, ...others] = Array.from(
      { length: 1_001 },
      (_, at) => `token${at}of${(at * 7919).toString(36)}x9Z8y7W6`,
    );
    late.learn(first ?? '');
    const known = late.redact(`It is ${first}.`);
    for (const other of others) late.learn(other);

    expect(known).toBe('It is [redacted].');
    expect(late.redact(`It is ${first}.`)).toBe(`It is ${first}.`);
    expect(late.redact(`It is ${others.at(-1)}.`)).toBe('It is [redacted].');
  });
});

it('keeps JSON what it is, though a secret stands in two of its strings', () => {
  const [, secret] = secrets;
  const [first, second] = [secret?.value.slice(0, 8), secret?.value.slice(8)];

  const text = redactor.redactJson(JSON.stringify({ deep: [{ first }], more: [[second]], plain: 'kept' }));

  expect(JSON.parse(text)).toMatchObject({ plain: 'kept' });
  expect(text).not.toContain(second?.slice(0, 15));
});

describe('a text of megabytes, which is read in parts', () => {
  // One that ends with a letter or digit: a sign at its end may stay.
  const secret = secrets.find(({ kind }) => kind === 'fine-grained token')?.value ?? '';
  const apart = [...secret].join(' - ');
  // Each stands somewhere else to the seams, wherever these are.
  const every = 9_973;
  const text = Array.from(
    { length: 120 },
    (_, at) => `${at % 2 === 0 ? secret : apart}${'. '.repeat(every)}`,
  ).join('');
  const clean = `[redacted]${'. '.repeat(every)}`.repeat(120);

  it('loses a secret wherever it stands', () => {
    expect(redactor.redact(text) === clean).toBe(true);
  });

  it('loses it also in turns, between which others have theirs', async () => {
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 0);
    const found = await redactor.redactJsonInTurns(text);
    clearInterval(others);

    expect(found === clean).toBe(true);
    expect(turns).toBeGreaterThan(1);
  });
});

describe('a line of the log', () => {
  it.each([
    ['a token', `ghs_${'a1B2'.repeat(9)}`],
    ['a new token', `ghs_eyJhbGciOiJSUzI1NiJ9.${'eyJpYXQ'.repeat(5)}.${'c2ln'.repeat(20)}`],
    ['the password of an address', 'hunter2hunter2'],
    ['a signature', 'ab12'.repeat(16)],
  ])('loses %s of anybody', (_, value) => {
    const line = `it said postgres://crew:${value}@db and https://u:${value}@host and ${value} sha256=${value}`;
    const shown = redactor.redactLine(line);

    // Where nothing tells what it is, it stays.
    expect(shown.split(value).length - 1).toBeLessThanOrEqual(2);
    expect(shown).toContain('postgres://crew:[redacted]@db and https://u:[redacted]@host');
  });
});

it('takes no more time than in proportion to a hostile text', () => {
  const marks = [
    '\\',
    '"',
    '\\"',
    '"a"',
    '&',
    '&#',
    '%',
    '%4',
    '<b',
    '\\u',
    '":"',
    'sha256=',
    'ghs_',
    'eyJ',
    'eyJ.',
    '-----BEGIN ',
  ];

  expect(slowTexts((text) => redactor.redactLine(text), marks)).toEqual([]);
}, 60_000);

it('takes nothing out of the documents and sources of this repository', async () => {
  const root = join(import.meta.dirname, '../..');
  const changed: string[] = [];
  let read = 0;
  for await (const path of glob(
    ['*.md', '*.json', '{src,docs,demo,hive-mind,eval,bench,migrations}/**/*.*'],
    { cwd: root },
  )) {
    const text = await readFile(join(root, path), 'utf8').catch(() => '');
    read += 1;
    if (redactor.redact(text) !== text) changed.push(path);
  }

  expect(read).toBeGreaterThan(400);
  expect(changed).toEqual([]);
});
