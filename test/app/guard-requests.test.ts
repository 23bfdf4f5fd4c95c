import { describe, expect, it } from 'vitest';
import { sentOf } from '../../src/app/github/refusal.ts';
import { UserError } from '../../src/core/errors.ts';
import { createRedactor } from '../../src/core/redact.ts';
import { failureOf, testClients } from './github-parts.ts';

const SECRET = 'x7Kq9Lm2Pw4Rt8ZvNb3C';
const TOKEN = `ghs_${'tK4nQ8'.repeat(6)}`;
const repository = { id: 1, owner: 'acme', name: 'shop', installationId: 2 };
const at = { owner: 'acme', repo: 'shop' };

/** What was sent, and what is known as a secret by then. */
function clientsThat() {
  const sent: string[] = [];
  const secrets = createRedactor({ secrets: [SECRET] });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    sent.push(`${input} ${init?.body ?? ''}`);
    const body = String(input).endsWith('/access_tokens')
      ? { token: TOKEN, expires_at: new Date(Date.now() + 3_600_000).toISOString() }
      : { id: 1, sha: 'a'.repeat(40), ref: 'x' };
    return Response.json(body, { status: 201 });
  };
  return { clients: testClients({ fetch, secrets }), sent, secrets };
}

describe('a request that holds a secret of ours', () => {
  it.each([
    ['in the name of a branch', { ref: `refs/heads/${SECRET}`, sha: 'a'.repeat(40) }, 'createRef'],
    ['in a file, taken apart', { content: [...SECRET].join('\u200b'), encoding: 'utf-8' }, 'createBlob'],
    [
      'in an encoded file, taken apart',
      { content: Buffer.from([...SECRET].join('-')).toString('base64'), encoding: 'base64' },
      'createBlob',
    ],
    [
      'in a tree',
      { tree: [{ path: 'a.md', mode: '100644', type: 'blob', content: `x ${SECRET.slice(0, 14)}` }] },
      'createTree',
    ],
    [
      'in a message',
      { message: `as ${Buffer.from(SECRET).toString('hex')}`, tree: 'a'.repeat(40), parents: [] },
      'createCommit',
    ],
  ] as const)('%s is not sent, and that is certain', async (_, body, what) => {
    const { clients, sent } = clientsThat();
    const github = await clients.forRepository(repository, { contents: 'write' });

    const failure = await failureOf(github.rest.git[what]({ ...at, ...body } as never));

    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).not.toContain(SECRET);
    expect(sentOf(failure)).toBe('no');
    expect(sent).toHaveLength(1);
  });

  it('is sent without one', async () => {
    const { clients, sent } = clientsThat();
    const github = await clients.forRepository(repository, { contents: 'write' });

    await github.rest.git.createRef({ ...at, ref: 'refs/heads/plain', sha: 'a'.repeat(40) });

    expect(sent.at(-1)).toContain('refs/heads/plain');
  });
});

it('makes secrets of the tokens that it is given and of what the App proves itself with', async () => {
  const { clients, secrets } = clientsThat();
  const seen: string[] = [];
  const learning = { ...secrets, learn: (secret: string) => void seen.push(secret) };
  const others = testClients({
    secrets: learning,
    fetch: async () => Response.json({ id: 1, slug: 'crew' }),
  });

  await clients.tokenFor(repository, { contents: 'read' });
  await others.botIdentity();

  expect(secrets.redact(`It is ${TOKEN}.`)).toBe('It is [redacted].');
  expect(seen).toEqual([expect.stringMatching(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/)]);
});
