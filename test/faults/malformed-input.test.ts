/**
 * Whatever is sent to the webhook route, by whoever: the process keeps within its memory, each sender is told what is wrong,
 * and GitHub's own deliveries among it all are answered in time.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject } from 'vitest';
import { type CrewParts, startParts } from '../support/crew-parts.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { postWebhook } from '../support/post-webhook.ts';
import { webhookExample } from '../support/webhook-examples.ts';
import { dribbleHeaders, type HostileAnswer, upload } from './support/hostile-client.ts';
import { percentile } from './support/percentile.ts';
import { trial } from './trial.ts';

const MB = 1024 * 1024;
const MEMORY_MAX_MB = 512;
const HONEST_EVERY_MS = 50;
const LARGE_ATTEMPTS = 60;
const HANDLED_WITHIN_MS = 60_000;
const ROUTE = '/api/github/webhooks';

trial(
  'input that is too big or malformed',
  {
    full: { big: 100, atOnce: [10, 100], large: 4, slow: 200, depth: 1_000_000, waitsForSlow: true },
    short: { big: 12, atOnce: [12], large: 1, slow: 20, depth: 100_000, waitsForSlow: false },
  },
  async ({ size, count }) => {
    const dir = await mkdtemp(join(tmpdir(), 'crew-malformed-'));
    const database = await testDatabase();
    let crew: CrewParts | null = null;
    try {
      crew = await startParts({
        dir,
        databaseUrl: database.url,
        modelUrl: 'http://127.0.0.1:9',
        workers: [],
        sample: false,
        deaf: true,
        environment: { CREW_SWEEP_SECONDS: '1' },
      });
      const before = await peakMb(crew);
      const pid = crew.webs[0]?.pid();
      const honest = honestSender(crew);
      const slow = slowSenders(crew, size.slow);
      const big: HostileAnswer[] = [];
      for (const atOnce of size.atOnce) big.push(...(await bigBodies(crew, size.big, atOnce)));
      const unsigned = await unsignedBodies(crew, size.big);
      const large = await honestLargeBodies(crew, size.large);
      const wrong = await wrongRequests(crew, size.depth);
      const slowed = size.waitsForSlow ? await slow : [];
      const acks = await honest.end();
      await handled(database, crew);
      const after = await peakMb(crew);
      count({
        'bodies of 30 MB': big.length,
        'refused as too large': big.filter(({ status }) => status === 413).length,
        'refused as too much at once': [...big, ...unsigned].filter(({ status }) => status === 503).length,
        'unsigned bodies of 24 MB': unsigned.length,
        'signed bodies of 24 MB': large.length,
        'slow senders': size.slow,
        'wrong requests': wrong.length,
        'honest deliveries': acks.length,
        'ack p99 ms': Math.round(
          percentile(
            acks.map(({ ms }) => ms),
            99,
          ),
        ),
        'slowest ack ms': Math.round(Math.max(...acks.map(({ ms }) => ms))),
        'memory before MB': before,
        'memory at most MB': after,
      });
      expect(unclear(big, [413, 503])).toEqual([]);
      expect(unclear(unsigned, [401, 503])).toEqual([]);
      expect(unclear(slowed, [408, 503])).toEqual([]);
      expect(large.map(({ status }) => status)).toEqual(large.map(() => 202));
      expect(wrong).toEqual(wrong.map(({ what, wanted }) => ({ what, wanted, got: wanted })));
      expect(acks.filter(({ status }) => status !== 202)).toEqual([]);
      expect(acks.length).toBeGreaterThan(10);
      expect(Math.max(...acks.map(({ ms }) => ms))).toBeLessThan(9_000);
      if (inject('trialSize') === 'full')
        expect(
          percentile(
            acks.map(({ ms }) => ms),
            99,
          ),
        ).toBeLessThan(2_000);
      expect(crew.webs[0]?.pid()).toBe(pid);
      expect(crew.webs[0]?.isRunning()).toBe(true);
      expect(after).toBeLessThan(MEMORY_MAX_MB);
    } finally {
      await crew?.close();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    }
  },
);

function unclear(answers: readonly HostileAnswer[], clear: readonly number[]): readonly HostileAnswer[] {
  return answers.filter(
    ({ status, text }) => status === null || !clear.includes(status) || (status !== 408 && text === ''),
  );
}

/** The most that it ever held in memory. */
async function peakMb({ webs }: CrewParts): Promise<number> {
  const status = await readFile(`/proc/${webs[0]?.pid()}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}

/** Headers as GitHub sends them; the signature is over `body`. */
function headersFor(secret: string, event: string, body: string, guid: string = randomUUID()) {
  return {
    'content-type': 'application/json',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

function honestSender({ url, webhookSecret }: CrewParts) {
  const answers: Awaited<ReturnType<typeof postWebhook>>[] = [];
  let ended = false;
  const body = JSON.stringify(webhookExample('issues', 'opened'));
  const sending = (async () => {
    while (!ended) {
      answers.push(await postWebhook(url, webhookSecret, { event: 'issues', body }));
      await delay(HONEST_EVERY_MS);
    }
  })();
  return {
    end: async () => {
      ended = true;
      await sending;
      return answers;
    },
  };
}

/** Half dribble their headers, half a body that they announced or did not. */
function slowSenders(crew: CrewParts, slow: number) {
  const headers = headersFor('no secret', 'issues', '');
  const answers = Array.from({ length: slow }, (_, at) =>
    at % 2 === 0
      ? dribbleHeaders(crew.url)
      : upload(`${crew.url}${ROUTE}`, {
          headers,
          bytes: 20 * MB,
          chunked: at % 4 === 1,
          dribbleMs: 500,
          piece: Buffer.from(' '),
        }),
  );
  return Promise.all(answers);
}

async function bigBodies(crew: CrewParts, bodies: number, atOnce: number): Promise<readonly HostileAnswer[]> {
  const answers: HostileAnswer[] = [];
  const headers = headersFor('no secret', 'issues', '');
  for (let sent = 0; sent < bodies; sent += atOnce) {
    const wave = Array.from({ length: Math.min(atOnce, bodies - sent) }, (_, at) =>
      upload(`${crew.url}${ROUTE}`, { headers, bytes: 30 * MB, chunked: at % 2 === 0 }),
    );
    answers.push(...(await Promise.all(wave)));
  }
  return answers;
}

/** Below the limit, all at once, and by nobody who knows the secret. */
function unsignedBodies(crew: CrewParts, bodies: number): Promise<readonly HostileAnswer[]> {
  const headers = headersFor('no secret', 'issues', '');
  const wave = Array.from({ length: bodies }, (_, at) =>
    upload(`${crew.url}${ROUTE}`, { headers, bytes: 24 * MB, chunked: at % 2 === 0 }),
  );
  return Promise.all(wave);
}

/** As large as GitHub's may be, each sent again when there is too much at once. */
async function honestLargeBodies({ url, webhookSecret }: CrewParts, bodies: number) {
  // Six bytes each as JSON.
  const more = 'é"\n'.repeat(4_000_000);
  const body = JSON.stringify({ ...webhookExample('issues', 'opened'), more });
  return Promise.all(
    Array.from({ length: bodies }, async () => {
      const guid = randomUUID();
      for (let attempt = 1; ; attempt += 1) {
        const answer = await postWebhook(url, webhookSecret, { event: 'issues', body, guid });
        if (answer.status !== 503 || attempt === LARGE_ATTEMPTS) return answer;
        await delay(HONEST_EVERY_MS * attempt);
      }
    }),
  );
}

interface Wrong {
  readonly what: string;
  readonly wanted: number;
  readonly got: number;
}

/** Each with the answer that it must get; what is signed and can be read is taken, and decided upon. */
async function wrongRequests({ url, webhookSecret }: CrewParts, depth: number): Promise<readonly Wrong[]> {
  const send = async (
    what: string,
    wanted: number,
    body: string,
    over: Record<string, string> = {},
    event = 'issues',
  ) => {
    const headers = { ...headersFor(webhookSecret, event, body), ...over };
    const answer = await fetch(`${url}${ROUTE}`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return { what, wanted, got: answer.status };
  };
  const opened = webhookExample('issues', 'opened');
  const synchronized = webhookExample('pull_request', 'synchronize') as { pull_request: { head: object } };
  const { pull_request: pull } = synchronized;
  const fits = JSON.stringify(opened);
  const signed = (what: string, payload: object, event = 'issues') =>
    send(what, 202, JSON.stringify(payload), {}, event);
  return Promise.all([
    send('deep lists', 422, `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    send('deep objects', 422, `{"a":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`),
    send('deep and unsigned', 401, '['.repeat(depth), { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
    send('no JSON', 400, '{"action":'),
    send('no object', 400, '[1,2,3]'),
    send('nothing', 400, ''),
    send('a form', 415, `payload=${encodeURIComponent(fits)}`, {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    send('text', 415, fits, { 'content-type': 'text/plain' }),
    send('another secret', 401, fits, headersFor('another secret', 'issues', fits)),
    send('a signature that is none', 401, fits, { 'x-hub-signature-256': 'none' }),
    send('no name of an event', 400, fits, { 'x-github-event': '../../etc' }),
    send('no GUID', 400, fits, { 'x-github-delivery': 'a b' }),
    send('a GUID that never ends', 400, fits, { 'x-github-delivery': 'a'.repeat(5_000) }),
    signed('no sender', { ...opened, sender: null }),
    signed('no installation', { ...opened, installation: null }),
    signed('no repository', { ...opened, repository: null }),
    signed(
      'no repository of the head',
      { ...synchronized, pull_request: { ...pull, head: { ...pull.head, repo: null } } },
      'pull_request',
    ),
    signed('no head', { ...synchronized, pull_request: { ...pull, head: null } }, 'pull_request'),
    signed('another kind of everything', {
      action: 7,
      issue: 'x',
      repository: [],
      installation: 'y',
      sender: 0,
    }),
    signed('an unknown event', { ...opened, action: 'dreamed' }, 'dream'),
    signed('an unknown action', { ...opened, action: 'dreamed' }),
    signed(
      'the name of a prototype',
      JSON.parse(`{"__proto__":{"action":"opened"},"constructor":{},"action":"toString"}`),
    ),
    signed('what no database takes', { ...opened, text: '\u0000 \ud800' }),
    signed('numbers without end', { ...opened, installation: { id: 1e308 }, repository: { id: -1 } }),
    signed('an installation beyond all', { ...opened, installation: { id: Number.MAX_SAFE_INTEGER } }),
    signed(
      'very many names',
      Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`name-${at}`, at])),
    ),
  ]);
}

/** Everything that was taken is decided upon, and nothing is given up. */
async function handled({ pool }: TestDatabase, crew: CrewParts): Promise<void> {
  const until = Date.now() + HANDLED_WITHIN_MS;
  for (;;) {
    const { rows } = await pool.query(
      'select guid, event, action, state, error from deliveries where state <> $1 limit 5',
      ['handled'],
    );
    if (rows.length === 0) return;
    if (Date.now() > until) throw new Error(`${JSON.stringify(rows)}\n${crew.output().slice(-5_000)}`);
    await delay(HONEST_EVERY_MS);
  }
}
