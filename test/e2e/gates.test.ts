/** Gates over the local GitHub: deployments are asked by code, pushes are audited by Security, and each is a check run of its commit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RepoSnapshot } from '../../demo/github/snapshot.ts';
import { MAINTAINER, REPOSITORY, type Stage, setStage } from '../../demo/stage.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

const SET_UP_MS = 60_000;
const STORY_MS = 90_000;
const WAIT = { timeout: 60_000, interval: 100 };

const FAULT =
  "export const search = (db, term) => db.all(`SELECT * FROM items WHERE name LIKE '%" +
  '$' +
  "{term}%'`);\n";
const SOUND = "export const search = (db, term) => db.all('SELECT * FROM items WHERE name = ?', term);\n";

let dir: string;
let database: TestDatabase;
let stage: Stage;
let deployment: Server;
let host: string;
let requests: readonly string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-gates-'));
  database = await testDatabase({ empty: true });
  deployment = deployed();
  await new Promise<void>((done) => deployment.listen(0, 'localhost', done));
  host = `localhost:${(deployment.address() as AddressInfo).port}`;
  stage = await setStage(dir, { PATH: process.env.PATH, DATABASE_URL: database.url });
  await commit('main', { '.github/crew.yml': `${JSON.stringify({ gates: gates() })}\n` });
  await quiet();
}, SET_UP_MS);
afterAll(async () => {
  await stage.close();
  await database.drop();
  deployment.closeAllConnections();
  await new Promise((done) => deployment.close(done));
  await rm(dir, { recursive: true, force: true });
});

function gates(): readonly object[] {
  const smoke = { on: 'deployment', hosts: [host] };
  return [
    { ...smoke, name: 'deployed', checks: [{ path: '/health', contains: 'ready' }, { path: '/' }] },
    { name: 'audited', on: 'push', branches: ['release/*'] },
  ];
}

/** One server, whose first folder says how the deployment there behaves. */
function deployed(): Server {
  return createServer(({ url = '' }, response) => {
    requests = [...requests, url];
    const earlier = requests.filter((one) => one === url).length;
    const isDown = url.startsWith('/down') || (url.startsWith('/flaky/health') && earlier % 2 === 1);
    const body = url.startsWith('/broken') ? 'starting' : 'ready';
    response.writeHead(isDown ? 503 : 200).end(body);
  });
}

function commit(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
  return stage.github.as(MAINTAINER).commit(REPOSITORY, { branch, message: 'Change', files });
}

function deploy(environment: string, url = `http://${host}/${environment}`): Promise<unknown> {
  const to = { ref: 'main', environment, state: 'success', url };
  return stage.github.as(MAINTAINER).deploy(REPOSITORY, to);
}

/** Until all webhooks have been acted on, all tasks have ended, and all that was to be written was. */
async function quiet(): Promise<void> {
  await vi.waitFor(async () => {
    expect(stage.github.idle()).toBe(true);
    const { rows } = await database.pool.query(
      `select (select count(*)::int from deliveries where state = 'received') as deliveries,
              (select count(*)::int from tasks where finished_at is null) as tasks,
              (select count(*)::int from effects where state in ('planned', 'sending')) as effects`,
    );
    expect(rows).toEqual([{ deliveries: 0, tasks: 0, effects: 0 }]);
  }, WAIT);
}

type CheckRun = RepoSnapshot['checkRuns'][number];

async function checkRuns(name: string): Promise<readonly CheckRun[]> {
  const { checkRuns } = await stage.github.snapshot(REPOSITORY);
  return checkRuns.filter((run) => run.name === `crew / ${name}`);
}

async function checkOf(environment: string): Promise<CheckRun> {
  const runs = (await checkRuns('deployed')).filter(({ summary }) =>
    summary?.includes(`to \`${environment}\``),
  );
  const [run] = runs;
  if (run === undefined || runs.length > 1) throw new Error(`${runs.length} check runs of ${environment}`);
  return run;
}

describe('a gate on deployments', () => {
  it(
    'passes, fails or stays neutral with the reason, as the deployment answers',
    async () => {
      for (const environment of ['good', 'broken', 'down', 'flaky']) await deploy(environment);
      await deploy('elsewhere', 'http://staging.example.com/');
      await quiet();

      const [good, broken, down, flaky] = await Promise.all(['good', 'broken', 'down', 'flaky'].map(checkOf));
      expect(good).toMatchObject({ status: 'completed', conclusion: 'success', title: '2 checks passed' });
      expect(broken).toMatchObject({ conclusion: 'failure', title: '1 of 2 checks failed' });
      expect(broken?.summary).toContain('the text that is looked for does not stand in the answer');
      expect(down).toMatchObject({ conclusion: 'neutral' });
      expect(down?.summary).toContain('2 checks were not available. Status 503 came back, not 200.');
      expect(flaky).toMatchObject({ conclusion: 'neutral' });
      expect(flaky?.summary).toContain('1 check was flaky. It passed on 1 of 3 tries.');
      const elsewhere = await checkOf('elsewhere');
      expect(elsewhere).toMatchObject({ conclusion: 'neutral', title: 'Not checked' });
      expect(elsewhere.summary).toContain('staging.example.com is not among the hosts that the gate lists');
    },
    STORY_MS,
  );

  it('asks each check as often as it has to, and no model', async () => {
    const asked = (path: string) => requests.filter((url) => url === path).length;

    expect(['/good/health', '/good/', '/broken/health', '/down/health'].map(asked)).toEqual([1, 1, 3, 3]);
    expect(stage.model?.requests()).toEqual([]);
  });
});

describe('a gate on pushes', () => {
  it(
    'fails on what Security found in the push, and passes when the next one brings nothing',
    async () => {
      const bad = await commit('release/1', { 'server/search.js': FAULT });
      await quiet();
      const good = await commit('release/1', { 'server/search.js': SOUND });
      await quiet();

      const runs = await checkRuns('audited');
      const [failed, passed] = [bad, good].map((sha) => runs.filter(({ headSha }) => headSha === sha));
      expect(failed).toMatchObject([{ status: 'completed', conclusion: 'failure', title: '1 finding' }]);
      expect(failed?.[0]?.summary).toContain('SQL injection through the search term');
      expect(failed?.[0]?.annotations).toMatchObject([{ path: 'server/search.js', start_line: 1 }]);
      expect(passed).toMatchObject([{ status: 'completed', conclusion: 'success', title: 'No finding' }]);
    },
    STORY_MS,
  );

  it('tells Security only what changed, and lets it look and nothing else', async () => {
    const audits = stage.model?.requests() ?? [];
    const sent = JSON.stringify(audits.map(({ body }) => body));

    expect(audits.map(({ role }) => role)).toEqual(['security', 'security']);
    expect(sent).toContain('server/search.js');
    for (const tool of ['bash', 'write', 'edit']) expect(sent).not.toContain(`"name":"${tool}"`);
  });

  it('leaves branches alone that it does not name, and branches that are deleted', async () => {
    await commit('feature', { 'server/search.js': FAULT });
    await stage.github.as(MAINTAINER).deleteBranch(REPOSITORY, 'release/1');
    await quiet();

    expect(await checkRuns('audited')).toHaveLength(2);
    expect([...stage.github.violations(), ...(stage.model?.violations() ?? [])]).toEqual([]);
  });
});
