/**
 * Twenty secrets, each written in some thirty ways, and some of other people that only their shape tells, in the mouths of a crew
 * of evil specialists, in a repository, in what people say and in what GitHub answers: nothing that leaves, is logged or is kept
 * holds one of them.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { type RunningModel, startModel } from '../../demo/model/start-model.ts';
import { type CrewParts, startParts } from '../support/crew-parts.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { shapedSecrets } from '../support/shaped-secrets.ts';
import { whatStands } from '../support/stage-watch.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import { type MadeSecret, makeSecrets } from '../support/written-secrets.ts';
import { DRAWS, evilConversations, KEEPS, TALKS, WRITES } from './support/evil-conversations.ts';
import { inkOf } from './support/ink.ts';
import { missingFrom, plain, tokensOf, whereIn, whereShaped } from './support/search-canaries.ts';
import { listen } from './support/went-out.ts';
import { trial } from './trial.ts';

const REPOSITORY = 'acme/shop';
const WRITER = 'mona';
const WAIT = { timeout: 90_000, interval: 100 };
const WORDS_MAX_CHARS = 12_000;
const COMMENT_CHARS = 1_000;
/** Kinds of secrets that are known by their shape alone. */
const SHAPES_MIN = 9;
const ROLE = 'crew_canary';

/** Secrets that may be a file's name: the log alone tells that such a standard of the team is left out. */
const NAMES: readonly string[] = ['hex', 'UUID'];

const CREW = {
  roles: ['strategist', 'backend', 'security'],
  checks: ['cat fixtures/words.txt', 'npm test'],
  gates: [{ name: 'audited', on: 'push', branches: ['release/*'] }],
};

describe('secrets going out', () => {
  trial(
    'none of the App passes, however it is written, by any way out',
    {
      short: { ways: 220, fill: 0.5, comments: 1, stories: 3, canaries: 80 },
      full: { ways: 1_000, fill: 0.95, comments: 6, stories: 4, canaries: 200 },
      minutes: { short: 5 },
    },
    async ({ size, random, count }) => {
      const secrets = makeSecrets(random);
      const [others, written] = [shapedSecrets(random), shapedSecrets(random)];
      const ink = inkOf(secrets, random, { ...size, shaped: others });
      const dir = await mkdtemp(join(tmpdir(), 'crew-secrets-'));
      const database = await testDatabase({ empty: true });
      const words = ink.write('WORDS', WORDS_MAX_CHARS);
      const picture = join(dir, 'logo.png');
      await writeFile(
        picture,
        Buffer.concat([Buffer.from([0, 1, 255]), Buffer.from(secretOf(secrets, 'hex'), 'utf16le')]),
      );
      const conversations = evilConversations(ink, {
        text: ink.write('FILE', 3_000),
        path: picture,
        key: secretOf(written, 'token of npm'),
      });
      const names = secrets.filter(({ kind }) => NAMES.includes(kind)).map(plain);
      const said = {
        issue: ink.write('ISSUE', 3_000),
        title: ink.write('TITLE', 120, true),
        comments: Array.from({ length: size.comments }, (_, at) => ink.write(`SAID${at}`, COMMENT_CHARS)),
        logged: secretOf(others, 'personal token of somebody'),
      };
      const model = await startModel({ conversationsDir: await saved(dir, conversations) });
      const parts = await startParts({
        dir,
        databaseUrl: await databaseOf(database, secretOf(secrets, 'password with signs')),
        modelUrl: model.url,
        workers: ['all'],
        environment: {
          ANTHROPIC_API_KEY: secretOf(secrets, 'key of Anthropic'),
          LOG_LEVEL: 'debug',
          CREW_QUIET_SECONDS: '0',
        },
        credentials: credentialsOf(secrets),
        sample: false,
        repositories: [
          {
            name: REPOSITORY,
            collaborators: { [WRITER]: 'write' },
            files: tinyShop({
              '.github/crew.yml': JSON.stringify(CREW),
              'fixtures/words.txt': words,
              ...Object.fromEntries(
                names.map(({ text }) => [
                  `.github/crew/standards/UNREADABLE-${text}.md`,
                  'It has no name.\n',
                ]),
              ),
            }),
          },
        ],
      });
      try {
        const out = listen(parts);
        await play(parts, { database, model }, said, size.stories);
        const went = await out.collect(database, model);
        const used = [...ink.used(), ...names];
        const passed = used.flatMap((canary) => whereIn(went, canary));
        const shaped = ink.shaped();
        const shapes = [...shaped, ...written.map(plain)]
          .flatMap((canary) => whereShaped(went, canary))
          // A change is kept as it was made, to be refused.
          .filter((where) => !where.startsWith('token of npm plain in table results'));
        const tokens = tokensOf(parts).flatMap((token) => whereIn(went, token));
        count({
          secrets: secrets.length,
          canaries: used.length,
          'known by their shape': shaped.length,
          places: Object.keys(went).length,
          passed: passed.length + shapes.length + tokens.length,
        });

        expect(passed).toEqual([]);
        expect(shapes).toEqual([]);
        expect(used.length).toBeGreaterThanOrEqual(size.canaries);
        expect(shaped.length).toBeGreaterThanOrEqual(SHAPES_MIN);
        expect(tokens).toEqual([]);
        expect(missingFrom(went)).toEqual([]);
        await expectRefused(parts, database);
      } finally {
        await parts.close();
        await model.close();
        await database.drop();
        await rm(dir, { recursive: true, force: true });
      }
    },
  );
});

function secretOf(secrets: readonly MadeSecret[], kind: string): string {
  const found = secrets.find((secret) => secret.kind === kind);
  if (found === undefined) throw new Error(`no secret is a ${kind}`);
  return found.value;
}

/** All that are nothing else are webhook secrets, as after many rotations. */
function credentialsOf(secrets: readonly MadeSecret[]) {
  const elsewhere = ['private key', 'key of Anthropic', 'password with signs'];
  const webhookSecrets = secrets.flatMap(({ kind, value }) => (elsewhere.includes(kind) ? [] : [value]));
  return { privateKey: secretOf(secrets, 'private key'), webhookSecrets };
}

/** For somebody whose password is one of them. */
async function databaseOf({ pool, url }: TestDatabase, password: string): Promise<string> {
  await pool.query(
    `do $$ begin create role ${ROLE} login superuser; exception when duplicate_object then null; end $$`,
  );
  await pool.query(`alter role ${ROLE} password '${password}'`);
  const of = new URL(url);
  of.username = ROLE;
  of.password = encodeURIComponent(password);
  return of.href;
}

async function saved(dir: string, conversations: ReturnType<typeof evilConversations>): Promise<string> {
  const folder = join(dir, 'conversations');
  await mkdir(folder);
  for (const [at, one] of conversations.entries())
    await writeFile(join(folder, `${at}.yaml`), JSON.stringify(one));
  return folder;
}

/** A story for each thing that the crew does. */
async function play(
  parts: CrewParts,
  { database, model }: { readonly database: TestDatabase; readonly model: RunningModel },
  said: {
    readonly issue: string;
    readonly title: string;
    readonly comments: readonly string[];
    readonly logged: string;
  },
  stories: number,
): Promise<void> {
  const writer = parts.github.as(WRITER);
  // A line of the log quotes it, with the token of somebody else.
  const message = `You sent {authorization}, as {authorization}.\n${said.logged}`;
  const failure = { kind: 'error', status: 403, message } as const;
  parts.github.setFaults([{ ...failure, method: 'POST', path: '/comments$', times: 1 }]);
  const comments = [...said.comments];
  const [asked = ''] = comments;
  for (const [title, body] of [
    [TALKS, said.issue],
    [WRITES, 'Let people write.'],
    [DRAWS, said.title],
    [KEEPS, 'Somebody gave us one.'],
  ].slice(0, stories)) {
    const { number } = await writer.openIssue(REPOSITORY, {
      title: `${title} ${title === TALKS ? said.title : ''}`,
      body,
    });
    await writer.comment(REPOSITORY, number, comments.shift() ?? asked);
    await writer.label(REPOSITORY, number, 'crew:auto');
    if (title === TALKS) await writer.comment(REPOSITORY, number, `/crew ask ${comments.shift() ?? asked}`);
  }
  const change = {
    message: 'Delivery costs more',
    files: { 'lib/price.js': 'export const VAT = 19;\nexport const DELIVERY = 590;\n' },
  };
  await writer.commit(REPOSITORY, { branch: 'release/1', ...change });
  await writer.commit(REPOSITORY, { branch: 'dearer', ...change });
  await writer.openPull(REPOSITORY, {
    title: `Dearer ${said.title}`,
    body: comments.shift() ?? asked,
    head: 'dearer',
    base: 'main',
  });
  await quiet(parts, database, stories + 3).catch(async (error: unknown) => {
    throw new Error(await whatStands(database.pool, model), { cause: error });
  });
}

async function quiet({ github, output }: CrewParts, { pool }: TestDatabase, asked: number): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await pool.query(
      `select (select count(*)::int from deliveries where state = 'received') as deliveries,
              (select count(*)::int from tasks where finished_at is null) as tasks,
              (select count(*)::int from effects where state in ('planned', 'sending')) as effects,
              (select count(*)::int from tasks) >= $1 as all_asked`,
      [asked],
    );
    const done =
      github.idle() && JSON.stringify(rows[0]) === '{"deliveries":0,"tasks":0,"effects":0,"all_asked":true}';
    if (!done) throw new Error(`it still moves: ${JSON.stringify(rows)}\n${output().slice(-3_000)}`);
  }, WAIT);
}

/** What cannot be told without its secret is not told: no branch has the file, and the task says why. */
async function expectRefused({ github }: CrewParts, { pool }: TestDatabase): Promise<void> {
  const { rows } = await pool.query<{ title: string; reason: string; state: string }>(
    `select request -> 'issue' ->> 'title' as title, state, reason from tasks where kind = 'implement'`,
  );
  const ends = new Map(rows.map(({ title, ...end }) => [title.split(' for ')[0], end]));
  expect(ends.get('Notes')).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining("one of this installation's own secrets"),
  });
  expect(ends.get('A picture')).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('`img/logo.png` holds what looks like a secret'),
  });
  if (ends.has('A key')) {
    expect(ends.get('A key')).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('`lib/key.js`, near line 1 holds what looks like a secret'),
    });
  }
  expect(ends.get('Pins')).toMatchObject({ state: 'done' });
  const { refs } = await github.snapshot(REPOSITORY);
  expect(Object.keys(refs).filter((ref) => /notes|picture|key/.test(ref))).toEqual([]);
}
