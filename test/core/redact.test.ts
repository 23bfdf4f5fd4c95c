import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, findSecrets } from '../../src/core/redact.ts';

const secret = 'p4ss/w+rd?über&key=1';
const redactor = createRedactor({ secrets: [secret, 'short', 'p4ss/w+r', ''] });
/** Put together here, so that no scanner takes this file for a leak. */
const githubToken = `ghp_${'a1B2'.repeat(9)}`;

describe('redact', () => {
  it.each([
    ['as it is', secret],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['URL-encoded', encodeURIComponent(secret)],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in upper-case hex', Buffer.from(secret).toString('hex').toUpperCase()],
  ])('takes a secret out %s', (_, form) => {
    const text = redactor.redact(`before ${form} after`);

    expect(text).toMatch(/^before \[redacted\]={0,2}.? ?after$|^before \[redacted\].{0,3} after$/);
    expect(text).not.toContain(form);
  });

  it('takes a secret out of the base64 of a longer text, at every offset', () => {
    const characters = fc.string({ maxLength: 9 });
    fc.assert(
      fc.property(characters, characters, (before, after) => {
        const encoded = Buffer.from(`${before}${secret}${after}`).toString('base64');

        const decoded = Buffer.from(redactor.redact(encoded).replace('[redacted]', ''), 'base64').toString();

        expect(redactor.redact(encoded)).toContain('[redacted]');
        expect(decoded).not.toContain(secret);
      }),
    );
  });

  it('never lets the value through, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constant(secret))), (parts) => {
        expect(redactor.redact(parts.join(''))).not.toContain(secret);
      }),
    );
  });

  it('takes the longer of two secrets out whole', () => {
    expect(redactor.redact(`${secret} p4ss/w+r`)).toBe('[redacted] [redacted]');
  });

  it('leaves values of fewer than 8 characters alone', () => {
    expect(redactor.redact('a short word')).toBe('a short word');
  });

  it('reads a secret with line breaks in its JSON form too', () => {
    const key = '-----BEGIN KEY-----\nabcdef\n-----END KEY-----';

    expect(createRedactor({ secrets: [key] }).redact(JSON.stringify({ key }))).toBe('{"key":"[redacted]"}');
  });
});

it('redacts every string of a value, keys included, and keeps the rest', () => {
  const value = { [secret]: [1, null, true, { deep: `x${secret}` }], plain: 'text' };

  expect(redactor.redactDeep(value)).toEqual({
    '[redacted]': [1, null, true, { deep: 'x[redacted]' }],
    plain: 'text',
  });
});

describe('what looks like a secret', () => {
  it('is found with its kind and place', async () => {
    expect(await findSecrets(`token ${githubToken} end`)).toEqual([
      { kind: 'github', start: 6, end: 6 + githubToken.length },
    ]);
  });

  it('is found at the seam of two scanned pieces', async () => {
    const before = `${'x '.repeat(249_990)}`;

    expect(await findSecrets(`${before}${githubToken} end`)).toHaveLength(1);
  });

  it('is taken out of text that leaves, together with our own', async () => {
    expect(await redactor.redactAll(`${secret} and ${githubToken}, done`)).toBe(
      '[redacted] and [redacted], done',
    );
  });

  it('takes out all of a token whose last character might begin what stands behind it', async () => {
    const own = 'kT7n2mQ9vLr4Xw8Yc1Zp5N';
    const behind = own.slice(own.indexOf('2') + 1);

    const text = await createRedactor({ secrets: [own] }).redactAll(`${githubToken} ; ${behind}`);

    expect(text).toBe('[redacted]');
  });

  it('takes out all of a token behind our own in an address, where a rule for addresses ends within it', async () => {
    const own = `sk-ant-api03-${'aB3d'.repeat(21)}`;

    const text = await createRedactor({ secrets: [own] }).redactAll(
      `postgres://shop:tr0ub4dor@${own}${githubToken} end`,
    );

    expect(text).toBe('[redacted] end');
  });

  it.each(['secretlint-disable', '<!-- secretlint-disable @secretlint/secretlint-rule-github -->'])(
    'is found where the text itself says `%s`',
    async (word) => {
      expect(await redactor.redactAll(`${word}\n${githubToken}`)).toBe(`${word}\n[redacted]`);
    },
  );

  it.each([
    ['AWS_SECRET_ACCESS_KEY=', 'b3Cd'.repeat(10)],
    ['"secretAccessKey"  :    "', `${'b3C/'.repeat(9)}b3Cd`],
  ])('is found whole behind its name, `%s`', async (name, value) => {
    expect(await redactor.redactAll(`${name}${value}\n`)).toBe(`${name}[redacted]\n`);
  });

  it.each(['\\n', '\\\\n', '\\u000a', '\\x0a', '%0A', '\x1b[32m', '\\u001b[1;32m'])(
    'is found behind %j, also in a log',
    async (before) => {
      const text = `word${before}${githubToken}`;

      expect(await redactor.redactAll(text)).toBe(`word${before}[redacted]`);
      expect(redactor.redactLine(text)).toBe(`word${before}[redacted]`);
    },
  );

  it('is looked for without a trace in the memory of the process', async () => {
    await findSecrets(`token ${githubToken} end`);

    expect(performance.getEntriesByType('mark').filter(({ name }) => name.includes('secretlint'))).toEqual(
      [],
    );
  });

  it('is not seen in ordinary text', async () => {
    const text = 'The handler in src/a.js returns 404 when id=12 is missing.';

    expect(await redactor.redactAll(text)).toBe(text);
  });
});
