/**
 * The crew as separate processes, as on several machines, each of which can be killed and started again: those that GitHub
 * talks to, and workers for some roles each, on one real database, with a local GitHub and the scripted model in the test's
 * own process.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readAppManifest } from '../../demo/app-manifest.ts';
import { freePorts } from '../../demo/free-ports.ts';
import type { GitHub, GitHubOptions } from '../../demo/github/github.ts';
import { startGitHub } from '../../demo/github/github.ts';
import type { RepoSeed } from '../../demo/github/seed.ts';
import { openapi } from '../../demo/published-descriptions.ts';
import { seedSample } from '../../demo/sample.ts';
import type { Files } from './bare-repository.ts';
import { bareRepository } from './bare-repository.ts';
import type { CrewProcess } from './crew-process.ts';
import { startCrewProcess } from './crew-process.ts';
import { type CuttableLine, cuttableLine } from './cuttable-line.ts';

export const REPOSITORY = 'larder-club/larder';
export const MAINTAINER = 'ines';
const APP = { id: 4242, slug: 'hypercode-crew' };
const READY_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** One process of the crew, in all its lives. */
export interface CrewPart {
  /** Where it listens, the same in every life. */
  readonly url: string;
  /** Of its connections to the database. */
  readonly name: string;
  /** Under which GitHub's API sees its requests; those of git come under GitHub's own. */
  readonly githubHost: string;
  readonly stateDir: string;
  /** Of the present or the last life. */
  pid(): number;
  isRunning(): boolean;
  /** Whether it was ready to work in its present life; until then what comes from it may have been sent in the life before. */
  isUp(): boolean;
  /** Begins a life, and waits until it is ready to work; `over` is laid over the settings of the part, from now on. */
  start(over?: Readonly<Record<string, string>>): Promise<void>;
  /** The same without waiting. */
  begin(): void;
  ready(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, or another signal, and its end; answers the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** All that it has printed in all its lives. */
  output(): string;
}

export interface CrewParts {
  readonly github: GitHub;
  /** Where GitHub and people reach the crew: the first web process. */
  readonly url: string;
  readonly webhookSecret: string;
  /** The settings that all parts share. */
  readonly environment: Readonly<Record<string, string>>;
  readonly webs: readonly CrewPart[];
  readonly workers: readonly CrewPart[];
  /** Webs, then workers. */
  readonly parts: readonly CrewPart[];
  output(): string;
  close(): Promise<void>;
}

export interface PartsWish {
  readonly dir: string;
  readonly databaseUrl: string;
  readonly modelUrl: string;
  /** How many there are; one unless said. GitHub talks to the first. */
  readonly webs?: number;
  /** The roles of each worker. */
  readonly workers: readonly string[];
  /** Over the settings of all parts. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Beside the sample, which is there unless said otherwise: the owner may do everything. */
  readonly repositories?: readonly (Omit<RepoSeed, 'owner' | 'name' | 'from'> & {
    /** `owner/name` */
    readonly name: string;
    readonly files: Files;
  })[];
  readonly sample?: boolean;
  /** Made by chance unless said. GitHub signs with the first webhook secret; the crew knows all. */
  readonly credentials?: { readonly privateKey?: string; readonly webhookSecrets?: readonly string[] };
  readonly github?: Pick<GitHubOptions, 'rateLimits' | 'clock'>;
  /** A command around each part of a kind, by the folder of its state: one that gives it a disk of its own. */
  readonly inside?: (verb: 'web' | 'worker', stateDir: string) => readonly string[];
  /** GitHub's webhooks go nowhere: the test delivers them. */
  readonly deaf?: boolean;
}

export async function startParts(wish: PartsWish): Promise<CrewParts> {
  const { dir, webs = 1, workers } = wish;
  const ports = await freePorts(webs + workers.length);
  const url = `http://127.0.0.1:${ports[0]}`;
  const [webhookSecret = randomBytes(20).toString('hex'), ...others] = wish.credentials?.webhookSecrets ?? [];
  const pem = wish.credentials?.privateKey ?? privateKey();
  const github = await openGitHub(wish, { url, pem, webhookSecret });
  const environment = {
    APP_ID: String(APP.id),
    PRIVATE_KEY: pem,
    WEBHOOK_SECRET: [webhookSecret, ...others].join(','),
    GITHUB_API_URL: github.apiUrl,
    GITHUB_URL: github.url,
    ANTHROPIC_API_KEY: 'key-of-the-scripted-model',
    ANTHROPIC_BASE_URL: wish.modelUrl,
    DATABASE_URL: wish.databaseUrl,
    // What the scripted model has run stands in this repository.
    CREW_SANDBOX: 'off',
    PUBLIC_URL: url,
    ...wish.environment,
  };
  const verbs = [...Array<'web'>(webs).fill('web'), ...Array<'worker'>(workers.length).fill('worker')];
  // Each reaches GitHub's API by a line of its own: by its port, GitHub's side tells whose a request is.
  const lines = await Promise.all(verbs.map(() => cuttableLine(github.url, 80)));
  const parts = lines.map((line, at) => {
    const verb = verbs[at] ?? 'web';
    const name = `${verb}-${at + 1}`;
    const stateDir = join(dir, name);
    const settings = {
      ...environment,
      GITHUB_API_URL: by(line, github),
      ...wish.environment,
      PORT: String(ports[at]),
      // The name of its connections in pg_stat_activity.
      PGAPPNAME: name,
      ...(verb === 'web' ? {} : { CREW_ROLES: workers[at - webs] ?? '' }),
    };
    return crewPart(verb, stateDir, settings, wish.inside?.(verb, stateDir) ?? []);
  });
  const output = (): string => parts.map((part) => part.output()).join('\n');
  const close = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.end('SIGTERM')));
    await Promise.all(lines.map((line) => line.close()));
    await github.close();
  };
  try {
    const [first, ...others] = parts;
    // The first brings the database up to date.
    await first?.start();
    await Promise.all(others.map((part) => part.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    github,
    url,
    webhookSecret,
    environment,
    webs: parts.slice(0, webs),
    workers: parts.slice(webs),
    parts,
    output,
    close,
  };
}

/** GitHub's API as one part knows it. */
function by(line: CuttableLine, { url, apiUrl }: GitHub): string {
  return apiUrl.replace(url, line.url.replace(/\/$/, ''));
}

function crewPart(
  verb: 'web' | 'worker',
  stateDir: string,
  environment: Readonly<Record<string, string>>,
  inside: readonly string[],
): CrewPart {
  const url = `http://127.0.0.1:${environment.PORT}`;
  let settings = environment;
  let running = false;
  let up = false;
  let life: CrewProcess | null = null;
  let earlier = '';
  const printed = (): string => (life === null ? '' : `${life.stdout()}${life.stderr()}`);
  const begin = (): void => {
    earlier += printed();
    running = true;
    up = false;
    const begun = startCrewProcess(
      'src/crew.js',
      [verb],
      { ...settings, CREW_STATE_DIR: stateDir },
      stateDir,
      undefined,
      inside,
    );
    life = begun;
    void begun.ended.then(() => {
      if (life !== begun) return;
      running = false;
      up = false;
    });
  };
  const ready = async (): Promise<void> => {
    const until = Date.now() + READY_MS;
    for (;;) {
      const answer = await fetch(`${url}/readyz`).catch(() => null);
      if (answer?.status === 200) {
        up = true;
        return;
      }
      if (!running || Date.now() > until) throw new Error(`${verb} is not up:\n${printed().slice(-5_000)}`);
      await delay(LOOK_EVERY_MS);
    }
  };
  return {
    url,
    name: environment.PGAPPNAME ?? '',
    githubHost: new URL(environment.GITHUB_API_URL ?? url).host,
    stateDir,
    pid: () => life?.pid ?? 0,
    isRunning: () => running,
    isUp: () => up,
    begin,
    ready,
    async start(over = {}) {
      settings = { ...settings, ...over };
      await mkdir(stateDir, { recursive: true });
      begin();
      await ready();
    },
    signal: (name) => life?.signal(name),
    async end(signal = 'SIGKILL') {
      // One that is stopped hears nothing else.
      life?.signal(signal);
      life?.signal('SIGCONT');
      return (await life?.ended) ?? null;
    },
    output: () => earlier + printed(),
  };
}

let madeOnce: string | undefined;

/** Making one takes longer than anything else here. */
function privateKey(): string {
  madeOnce ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  return madeOnce;
}

async function openGitHub(
  { dir, repositories = [], sample = true, github: options = {}, deaf = false }: PartsWish,
  crew: { readonly url: string; readonly pem: string; readonly webhookSecret: string },
): Promise<GitHub> {
  const manifest = await readAppManifest();
  const github = await startGitHub({
    dir: join(dir, 'github'),
    app: {
      ...APP,
      name: manifest.name,
      privateKeyPem: crew.pem,
      webhookSecret: crew.webhookSecret,
      ...(deaf ? {} : { webhookUrl: `${crew.url}/api/github/webhooks` }),
      permissions: manifest.default_permissions,
      events: manifest.default_events,
    },
    ...openapi,
    strictTokens: true,
    ...options,
  });
  if (sample) {
    const from = join(dir, 'sample.git');
    await seedSample({ bareDir: from });
    const collaborators = { [MAINTAINER]: 'maintain' } as const;
    await github.seedRepository({ ...named(REPOSITORY), ownerType: 'Organization', collaborators, from });
  }
  for (const { name, files, ...seed } of repositories) {
    const from = join(dir, 'seeds', `${name}.git`);
    await bareRepository(from, files);
    await github.seedRepository({ ...named(name), from, ...seed });
  }
  return github;
}

function named(repository: string): { readonly owner: string; readonly name: string } {
  const [owner = '', name = ''] = repository.split('/');
  return { owner, name };
}
