/** The live view over a real store: who sees it, what it shows, and how its events come. */
import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLive } from '../../src/app/live/live.ts';
import { createSite } from '../../src/app/site.ts';
import { liveKey } from '../../src/core/live-link.ts';
import type { AuditEvent } from '../../src/core/records.ts';
import { createRedactor } from '../../src/core/redact.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { implementTask, planAnswer, repository } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';

const SECRET = 'the secret of the hook';
const LEAKED = 'hunter2-hunter2';

let database: TestDatabase;
let store: Store;
let live: Hono;
let taskId: string;
let ending: AbortController;
const looks: string[] = [];
const listeners = new Set<(event: AuditEvent) => void>();

beforeEach(async () => {
  database = await testDatabase();
  ending = new AbortController();
  const clock = {
    now: () => new Date(),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((done) => {
        if (signal?.aborted) done();
        signal?.addEventListener('abort', () => done(), { once: true });
      }),
  };
  store = createStore({
    pool: database.pool,
    clock,
    newId: randomUUID,
    onCommitted: (events) => {
      for (const event of events) for (const listener of listeners) listener(event);
    },
  });
  const shown = createLive({
    store: counting(store),
    bus: {
      subscribe: async (listener) => {
        listeners.add(listener);
        return async () => void listeners.delete(listener);
      },
    },
    redactor: createRedactor({ secrets: [LEAKED] }),
    webhookSecrets: ['the next secret', SECRET],
    webUrl: 'https://github.test',
    clock,
    log: silentLog,
    signal: ending.signal,
  });
  live = createSite(silentLog).route('/', shown);
  taskId = await newTask();
});
afterEach(async () => {
  ending.abort();
  await store.close();
  await database.drop();
});

async function newTask(): Promise<string> {
  const { kind, requester, request, budgetUsd, subject } = implementTask();
  const wanted = { kind, repository, subject, requester, request, budgetUsd, requestKey: randomUUID() };
  return (await store.tasks.create(wanted, 'mona')).task.id;
}

/** Streams that are read to their end look no more. */
async function ended(answers: readonly Response[]): Promise<void> {
  ending.abort();
  await Promise.all(answers.map((answer) => answer.text()));
}

/** Notes each look at tasks. */
function counting({ tasks, events }: Store): Pick<Store, 'tasks' | 'events'> {
  looks.length = 0;
  const noting =
    <Answer>(look: (id: string) => Promise<Answer>) =>
    (id: string) => {
      looks.push(id);
      return look(id);
    };
  return { events, tasks: { ...tasks, linked: noting(tasks.linked), records: noting(tasks.records) } };
}

const pathOf = (id: string, key = liveKey(SECRET, id), rest = '') => `/tasks/${id}${rest}?key=${key}`;

describe('the live view', () => {
  it('is there for whoever has the key of the task, and for nobody else', async () => {
    const other = randomUUID();

    const answers = await Promise.all([
      live.request(pathOf(taskId)),
      live.request(pathOf(taskId, liveKey(SECRET, other))),
      live.request(pathOf(taskId, liveKey('an old secret', taskId))),
      live.request(pathOf(taskId, '')),
      live.request(`/tasks/${taskId}`),
      live.request(pathOf(taskId, 'x', '/events')),
      live.request(pathOf(other)),
      live.request(pathOf('..%2f..', liveKey(SECRET, '../..'))),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 404, 404, 404, 404, 404]);
  });

  it('looks nothing up for a wrong key', async () => {
    await live.request(pathOf(taskId, 'x'));
    await live.request(pathOf(taskId, 'x', '/events'));

    expect(looks).toEqual([]);
  });

  it('is watched anew so often in a minute, and others’ tasks all the same', async () => {
    const statuses: number[] = [];
    const asked = () => live.request(pathOf(taskId, undefined, '/events'), { method: 'HEAD' });
    for (let at = 0; at < 101; at += 1) statuses.push((await asked()).status);

    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    expect(statuses.at(-1)).toBe(429);
    expect((await asked()).headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await live.request(pathOf(await newTask()))).status).toBe(200);
  });

  it('has so many streams for one link, and HEAD takes none of them', async () => {
    const events = pathOf(taskId, undefined, '/events');
    for (let at = 0; at < 30; at += 1) await live.request(events, { method: 'HEAD' });
    const streams = await Promise.all(Array.from({ length: 26 }, () => live.request(events)));

    expect(streams.filter(({ status }) => status === 200)).toHaveLength(25);
    expect(streams.filter(({ status }) => status === 503)).toHaveLength(1);
    await ended(streams);
  });

  it('may load nothing but its own script and style, and keeps its address to itself', async () => {
    const page = await live.request(pathOf(taskId));

    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const text = await page.text();
    for (const [, path = ''] of text.matchAll(/(?:src|<link[^>]*href)="([^"]+)"/g)) {
      expect((await live.request(path)).status).toBe(200);
    }
  });

  it('shows the task with its plan, work and words, escaped and without secrets', async () => {
    const answer = {
      ...planAnswer([{ role: 'database', title: '<script>alert(1)</script>' }]),
      risks: [LEAKED],
    };
    await store.plans.propose({ taskId, hash: 'h', answer, estimateUsd: 1, estimates: {} });
    await store.messages.send(taskId, {
      from: 'crew:database',
      kind: 'decision',
      body: `<b>it</b> is ${LEAKED}`,
    });

    const text = await (await live.request(pathOf(taskId))).text();

    expect(text).toContain('acme/pantry#12: implement');
    expect(text).toContain('https://github.test/acme/pantry/issues/12');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain('crew:database decided');
    expect(text).toContain('&lt;b&gt;it&lt;/b&gt; is [redacted]');
    expect(text).not.toContain(LEAKED);
  });

  it('sends what happened, then each event as it comes, without the words themselves', async () => {
    await store.tasks.move(taskId, 'planning', { reason: null, actor: 'system' });
    const stream = reader(await live.request(pathOf(taskId, undefined, '/events')));

    const [created, planning] = [await stream.next(), await stream.next()];
    await store.messages.send(taskId, { from: 'mona', to: 'backend', body: 'the words' });
    const message = await stream.next();
    await stream.close();

    expect([created?.line, planning?.line, message?.line]).toEqual([
      expect.stringMatching(/ mona: task created$/),
      expect.stringMatching(/ system: task planning$/),
      expect.stringMatching(/ mona: message to backend$/),
    ]);
  });

  it('goes on after the last event that the reader saw', async () => {
    await store.tasks.move(taskId, 'planning', { reason: null, actor: 'system' });
    const [first] = await store.events.ofTask(taskId);
    const headers = { 'Last-Event-ID': String(first?.seq) };
    const stream = reader(await live.request(pathOf(taskId, undefined, '/events'), { headers }));

    const next = await stream.next();
    await stream.close();

    expect(next?.line).toMatch(/task planning$/);
  });

  it('lets no more than a hundred watch at once', async () => {
    const tasks = [taskId, ...(await Promise.all(Array.from({ length: 4 }, newTask)))];
    const answers = await Promise.all(
      Array.from({ length: 101 }, (_, at) =>
        live.request(pathOf(tasks[at % tasks.length] ?? '', undefined, '/events')),
      ),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(answers.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('10');
    await ended(answers);
  });
});

interface Sent {
  readonly line: string | null;
}

function reader(response: Response) {
  const body = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next(): Promise<Sent | null> {
      for (;;) {
        const match = /^data: (.*)$/m.exec(text);
        if (match?.[1] !== undefined && text.includes('\n\n', match.index)) {
          text = text.slice(text.indexOf('\n\n', match.index) + 2);
          return JSON.parse(match[1]) as Sent;
        }
        const chunk = await body?.read();
        if (chunk?.value === undefined) return null;
        text += chunk.value;
      }
    },
    close: async () => void (await body?.cancel()),
  };
}
