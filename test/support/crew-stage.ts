/**
 * The stage for conversations end to end: a local GitHub with small repositories, the scripted model, a database of its
 * own and the crew itself in this process, configured like an installation whose intervals are short. What people do and
 * see there is in `staged-repository.ts`, what specialists do in `scripted-crew.ts`.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAppManifest } from '../../demo/app-manifest.ts';
import { type GitHub, startGitHub } from '../../demo/github/github.ts';
import type { Human } from '../../demo/github/human.ts';
import type { RepoSeed } from '../../demo/github/seed.ts';
import type { ConversationFile } from '../../demo/model/conversation-format.ts';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { startModel } from '../../demo/model/start-model.ts';
import { openapi, requestSchema } from '../../demo/published-descriptions.ts';
import { runCommand } from '../../demo/run-command.ts';
import type { Environment } from '../../src/config.ts';
import { parseConfig } from '../../src/config.ts';
import type { Store } from '../../src/core/store-ports.ts';
import type { Crew } from '../../src/wire.ts';
import { createLog, startCrew } from '../../src/wire.ts';
import type { Files } from './bare-repository.ts';
import { bareRepository } from './bare-repository.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { type StageFolder, stageFolder } from './stage-folder.ts';
import { isQuiet, shortenEditIntervals, whatStands } from './stage-watch.ts';
import { type StagedRepository, stagedRepository } from './staged-repository.ts';

export interface StageOptions {
  /** Seeded with the App installed. The helpers of the stage itself are about the first. */
  readonly repositories: readonly (Pick<RepoSeed, 'collaborators' | 'private'> & {
    /** `owner/name`; the owner may do everything. */
    readonly name: string;
    readonly files: Files;
  })[];
  /** What the model says: conversations (see `scripted-crew.ts`), or a folder of them. */
  readonly conversations: readonly ConversationFile[] | string;
  /** Over the settings of the stage. */
  readonly environment?: Environment;
  /** How long to wait for anything, two minutes unless said: for stages on which very much happens at once. */
  readonly waitMs?: number;
}

/** All of a stage but the crew itself, in whatever processes it is. */
export interface Stage extends StagedRepository {
  readonly github: GitHub;
  readonly store: Store;
  readonly model: RunningModel;
  readonly database: TestDatabase;
  /** CREW_STATE_DIR of those who work. */
  readonly stateDir: string;
  /** A person of the local GitHub, made known by being named. */
  as(login: string): Human;
  /** The same helpers for another repository of the stage. */
  on(repository: string): StagedRepository;
  /** Exit status of a shell command; null when it was ended from outside. */
  runIn(folder: string, command: string): Promise<number | null>;
  /** Waits for something, and answers it as soon as it is neither null, undefined nor false. */
  until<T>(look: () => Promise<T | null | undefined | false>): Promise<T>;
  /** Until nothing moves: all webhooks acted on, all effects performed, every task ended or waiting for a person. */
  quiet(): Promise<void>;
  /** The body of every request that the model was sent, as JSON text, oldest first. */
  requests(): readonly string[];
  /** What was sent to GitHub or to the model outside of their published descriptions. */
  violations(): readonly unknown[];
  /** What became of the tasks, with what failed in them and at the model: for the message of a failing test. */
  story(): Promise<string>;
  close(): Promise<void>;
}

export interface CrewStage extends Stage {
  readonly crew: Crew;
}

const APP_ID = 4242;
const SLUG = 'hypercode-crew';
const WEBHOOK_SECRET = 'secret-of-the-staged-webhooks';
const MODEL_KEY = 'key-of-the-scripted-model';
const WAIT_MS = 120_000;
/** An installation whose intervals are short. */
export const STAGE_ENVIRONMENT = {
  CREW_LEASE_SECONDS: '5',
  CREW_SWEEP_SECONDS: '1',
  CREW_LOOK_AGAIN_SECONDS: '0.2',
  PUBLIC_URL: 'https://crew.example',
} as const;
/** For tests of whole conversations: longer than the stage waits for anything, so that its word on what happened is read. */
export const CONVERSATION_TIMEOUT_MS = 150_000;
const LOOK_EVERY_MS = 50;

/** Made once: it takes longer than the rest of a stage. */
let privateKey: string | undefined;

export async function crewStage(options: StageOptions): Promise<CrewStage> {
  const { dir, ends, close } = await stageFolder('crew-stage-');
  try {
    const { database, model } = await openBehind({ dir, ends }, options.conversations);
    const github = await openGitHub(dir, options);
    ends.push(() => github.close());
    const crew = await openCrew(dir, { github, model, database }, options.environment ?? {});
    ends.push(() => crew.close());
    // Not known before: the crew listens on a free port.
    await github.setWebhookUrl(`${crew.url}/api/github/webhooks`);
    const { store } = crew;
    const stateDir = stateDirIn(dir);
    return { ...stageOf({ dir, github, model, store, database, stateDir, close }, options), crew };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a crew has behind it, in whatever processes it is. */
export async function openBehind(
  { dir, ends }: Pick<StageFolder, 'dir' | 'ends'>,
  conversations: StageOptions['conversations'],
): Promise<Pick<Stage, 'database' | 'model'>> {
  const database = await testDatabase();
  ends.push(() => database.drop());
  await shortenEditIntervals(database.pool);
  const model = await openModel(dir, conversations);
  ends.push(() => model.close());
  return { database, model };
}

const stateDirIn = (dir: string): string => join(dir, 'state');

type Ground = Pick<Stage, 'github' | 'model' | 'store' | 'database' | 'stateDir' | 'close'> & {
  readonly dir: string;
  /** By processes of their own. */
  readonly printed?: () => string;
};

/** Of what processes printed, the end. */
const PRINTED_CHARS = 5_000;

export function stageOf(ground: Ground, { repositories, waitMs = WAIT_MS }: StageOptions): Stage {
  const { dir, github, model, store, database, stateDir, close, printed = () => '' } = ground;
  const story = async (): Promise<string> =>
    `${await whatStands(database.pool, model)}\n${printed().slice(-PRINTED_CHARS)}`;
  const until = async <T>(look: () => Promise<T | null | undefined | false>): Promise<T> => {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      if (Date.now() > deadline) throw new Error(`it did not come to that:\n${look}\n${await story()}`);
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
  };
  const on = (repository: string): StagedRepository =>
    stagedRepository({ repository, dir, github, store, bot: `${SLUG}[bot]`, until });
  return {
    ...on(repositories[0]?.name ?? 'no/repository'),
    github,
    store,
    model,
    database,
    stateDir,
    as: (login) => github.as(login),
    on,
    runIn: async (folder, command) => (await runCommand(folder, ['/bin/sh', '-c', command])).exitCode,
    until,
    quiet: async () => void (await until(() => isQuiet(github, database.pool))),
    requests: () => model.requests().map(({ body }) => JSON.stringify(body)),
    violations: () => [...github.violations(), ...model.violations()],
    story,
    close,
  };
}

async function openGitHub(dir: string, { repositories }: StageOptions): Promise<GitHub> {
  privateKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const manifest = await readAppManifest();
  const github = await startGitHub({
    dir: join(dir, 'github'),
    app: {
      id: APP_ID,
      slug: SLUG,
      name: manifest.name,
      privateKeyPem: privateKey,
      webhookSecret: WEBHOOK_SECRET,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
    },
    ...openapi,
    strictTokens: true,
  });
  for (const { name, files, ...seed } of repositories) {
    const from = join(dir, 'seeds', `${name}.git`);
    await bareRepository(from, files);
    const [owner = '', short = ''] = name.split('/');
    await github.seedRepository({ owner, name: short, from, ...seed });
  }
  return github;
}

/** Of these conversations; their files are written into `dir`. */
export async function openModel(
  dir: string,
  conversations: StageOptions['conversations'],
): Promise<RunningModel> {
  const common = { apiKey: MODEL_KEY, ...requestSchema };
  if (typeof conversations === 'string') return startModel({ conversationsDir: conversations, ...common });
  const conversationsDir = join(dir, 'conversations');
  await mkdir(conversationsDir);
  for (const [at, conversation] of conversations.entries()) {
    const slug = conversation.about
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60);
    // JSON is YAML.
    await writeFile(join(conversationsDir, `${at + 1}-${slug}.yaml`), JSON.stringify(conversation, null, 2));
  }
  return startModel({ conversationsDir, ...common });
}

function openCrew(
  dir: string,
  { github, model, database }: Pick<CrewStage, 'github' | 'model' | 'database'>,
  environment: Environment,
): Promise<Crew> {
  const config = parseConfig(
    {
      APP_ID: String(APP_ID),
      PRIVATE_KEY: privateKey,
      WEBHOOK_SECRET,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_URL: github.url,
      ANTHROPIC_API_KEY: MODEL_KEY,
      ANTHROPIC_BASE_URL: model.url,
      // The commands are the test's own.
      CREW_SANDBOX: 'off',
      CREW_STATE_DIR: stateDirIn(dir),
      ...STAGE_ENVIRONMENT,
      PORT: '0',
      DATABASE_URL: database.url,
      PATH: process.env.PATH,
      ...environment,
    },
    false,
  );
  return startCrew(config, createLog(config, join(dir, 'crew.log')), { web: true, worker: true });
}
