/** Specialists in processes of their own speak to one another while they work, and stop at once when they are told to. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { startModel } from '../../demo/model/start-model.ts';
import { type CrewParts, MAINTAINER, REPOSITORY, startParts } from '../support/crew-parts.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type HeldModel, holdModel, type Knock } from '../support/held-model.ts';
import { isAlive } from '../support/is-alive.ts';

const TEST_TIMEOUT_MS = 120_000;
const WAIT = { timeout: 60_000, interval: 50 };
/** What people are promised. */
const STOPPED_WITHIN_MS = 5_000;
const MAIL = '<message from=\\"crew:backend\\">\\nThe field is called pinned.\\n</message>';

let dir: string;
let database: TestDatabase;
let model: RunningModel;
let held: HeldModel;
let parts: CrewParts;

const frontendAtWork = Promise.withResolvers<void>();
const messageSent = Promise.withResolvers<void>();

/**
 * The backend specialist says nothing before the frontend specialist has begun, and the frontend specialist is not answered before the
 * message was sent: then it is at work, between two model calls.
 */
async function inOrder({ role, earlier, body }: Knock): Promise<void> {
  if (!body.includes('Name the field')) return;
  if (role === 'frontend' && earlier === 0) frontendAtWork.resolve();
  if (role === 'backend' && earlier === 0) await frontendAtWork.promise;
  if (role === 'backend' && earlier === 1) messageSent.resolve();
  if (role === 'frontend' && earlier === 0) await messageSent.promise;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-teamwork-'));
  database = await testDatabase({ empty: true });
  model = await startModel({ conversationsDir: join(import.meta.dirname, 'conversations/teamwork') });
  held = await holdModel(model, inOrder);
  parts = await startParts({
    dir,
    databaseUrl: database.url,
    modelUrl: held.url,
    workers: ['strategist,backend', 'frontend,qa,security,architect'],
  });
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  await parts?.close();
  await held?.close();
  await model?.close();
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

async function ask(title: string, body: string): Promise<number> {
  const maintainer = parts.github.as(MAINTAINER);
  const { number } = await maintainer.openIssue(REPOSITORY, { title, body });
  await maintainer.label(REPOSITORY, number, 'crew:auto');
  return number;
}

describe('two specialists in processes of their own', { timeout: TEST_TIMEOUT_MS }, () => {
  it('hear one another before their next model call, while they work', async () => {
    await ask('Name the field', 'Let people pin an item.');

    const frontend = await vi.waitFor(() => {
      const asked = held.knocks.filter(({ role }) => role === 'frontend');
      if (asked.length < 2) throw new Error(`nobody went on:\n${parts.output()}`);
      return asked;
    }, WAIT);

    expect(frontend[0]?.body).not.toContain(MAIL);
    expect(frontend[1]?.body.split(MAIL)).toHaveLength(2);
    const backend = held.knocks.filter(({ role }) => role === 'backend');
    expect(backend.some(({ body }) => body.includes(MAIL))).toBe(false);
    const owners = await leaseOwners();
    expect(new Set([owners.get('S1'), owners.get('S2')]).size).toBe(2);
  });

  it('end with all that they started within five seconds of /crew stop, and say what is kept', async () => {
    const pidFile = join(dir, 'pid');
    const number = await ask('Wait long', `pid-file:${pidFile}`);
    const pids = await vi.waitFor(
      () => Promise.all(['backend', 'frontend'].map((role) => pidIn(`${pidFile}.${role}`))),
      WAIT,
    );
    expect(pids.every(isAlive)).toBe(true);

    await parts.github.as(MAINTAINER).comment(REPOSITORY, number, '/crew stop');

    await vi.waitFor(
      () => {
        if (pids.some(isAlive)) throw new Error('a command goes on');
      },
      { timeout: STOPPED_WITHIN_MS, interval: 20 },
    );
    await vi.waitFor(async () => {
      const said = (await commentsOn(number)).find((body) => body.includes('**Stopped.**'));
      expect(said).toContain(`Stopped by ${MAINTAINER}.`);
      expect(said).toContain('No work was finished, so there is none to keep. No branch was pushed.');
    }, WAIT);
  });

  it('are watched by whoever has the link of the progress comment, and by nobody else', async () => {
    const { issues } = await parts.github.snapshot(REPOSITORY);
    const number = issues.find(({ title }) => title === 'Name the field')?.number ?? 0;
    const link = await vi.waitFor(async () => {
      const found = /\[live view\]\((\S+)\)/.exec((await commentsOn(number)).join('\n'))?.[1];
      if (found === undefined) throw new Error('no comment links to the live view');
      return found;
    }, WAIT);

    const page = await fetch(link);

    expect(page.status).toBe(200);
    expect(await page.text()).toContain('The field is called pinned.');
    const events = await fetch(link.replace('?', '/events?'));
    expect(new TextDecoder().decode((await events.body?.getReader().read())?.value)).toContain(
      'task created',
    );
    expect((await fetch(link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).status).toBe(404);
  });
});

async function leaseOwners(): Promise<ReadonlyMap<string, string>> {
  const pool = new Pool({ connectionString: database.url, max: 1 });
  try {
    const { rows } = await pool.query<{ key: string; owner: string }>(
      `select data ->> 'key' as key, data ->> 'owner' as owner from events where type = 'subtask.running' order by seq desc`,
    );
    return new Map(rows.map(({ key, owner }) => [key, owner]));
  } finally {
    await pool.end();
  }
}

async function pidIn(path: string): Promise<number> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''));
  if (pid === 0) throw new Error(`no process has written ${path}:\n${parts.output()}`);
  return pid;
}

async function commentsOn(number: number): Promise<readonly string[]> {
  const { comments } = await parts.github.snapshot(REPOSITORY);
  return comments.filter((comment) => comment.number === number).map(({ body }) => body);
}
