/**
 * The crew as separate processes, as on several machines: one that GitHub talks to and workers for some roles each, on one real
 * database, with a local GitHub and the scripted model in the test's own process.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { readAppManifest } from '../../demo/app-manifest.ts';
import { freePorts } from '../../demo/free-ports.ts';
import type { GitHub } from '../../demo/github/github.ts';
import { startGitHub } from '../../demo/github/github.ts';
import { seedSample } from '../../demo/sample.ts';
import type { CrewProcess } from './crew-process.ts';
import { startCrewProcess } from './crew-process.ts';

export const REPOSITORY = 'larder-club/larder';
export const MAINTAINER = 'ines';
const APP = { id: 4242, slug: 'hypercode-crew' };
const READY = { timeout: 30_000, interval: 100 };

export interface CrewParts {
  readonly github: GitHub;
  /** Where GitHub and people reach the crew. */
  readonly url: string;
  readonly processes: readonly CrewProcess[];
  close(): Promise<void>;
}

export interface PartsWish {
  readonly dir: string;
  readonly databaseUrl: string;
  readonly modelUrl: string;
  /** The roles of each worker. */
  readonly workers: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startParts({
  dir,
  databaseUrl,
  modelUrl,
  workers,
  environment = {},
}: PartsWish): Promise<CrewParts> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const credentials = {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    webhookSecret: randomBytes(20).toString('hex'),
  };
  const github = await openGitHub(dir, url, credentials);
  const shared = {
    APP_ID: String(APP.id),
    PRIVATE_KEY: credentials.pem,
    WEBHOOK_SECRET: credentials.webhookSecret,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_URL: github.url,
    ANTHROPIC_API_KEY: 'key-of-the-scripted-model',
    ANTHROPIC_BASE_URL: modelUrl,
    DATABASE_URL: databaseUrl,
    // What the scripted model has run stands in this repository.
    CREW_SANDBOX: 'off',
    PUBLIC_URL: url,
    ...environment,
  };
  const web = await startPart(dir, 'web', { ...shared, PORT: String(port) });
  await vi.waitFor(async () => {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.status !== 200) throw new Error(`the crew is not up:\n${web.stderr()}`);
  }, READY);
  const working = await Promise.all(
    workers.map((roles) => startPart(dir, 'worker', { ...shared, PORT: '0', CREW_ROLES: roles })),
  );
  const processes = [web, ...working];
  return {
    github,
    url,
    processes,
    async close() {
      for (const part of processes) part.signal('SIGTERM');
      await Promise.all(processes.map(({ ended }) => ended));
      await github.close();
    },
  };
}

let parts = 0;

async function startPart(
  dir: string,
  verb: 'web' | 'worker',
  environment: Readonly<Record<string, string>>,
): Promise<CrewProcess> {
  parts += 1;
  const stateDir = join(dir, `${verb}-${parts}`);
  await mkdir(stateDir, { recursive: true });
  return startCrewProcess('src/crew.js', [verb], { ...environment, CREW_STATE_DIR: stateDir }, stateDir);
}

async function openGitHub(
  dir: string,
  crewUrl: string,
  { pem, webhookSecret }: { readonly pem: string; readonly webhookSecret: string },
): Promise<GitHub> {
  const manifest = await readAppManifest();
  const github = await startGitHub({
    dir: join(dir, 'github'),
    port: 0,
    app: {
      ...APP,
      name: manifest.name,
      privateKeyPem: pem,
      webhookSecret,
      webhookUrl: `${crewUrl}/api/github/webhooks`,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
    },
  });
  const bareDir = join(dir, 'sample.git');
  await seedSample({ bareDir });
  const [owner = '', name = ''] = REPOSITORY.split('/');
  await github.seedRepository({
    owner,
    name,
    ownerType: 'Organization',
    collaborators: { [MAINTAINER]: 'maintain' },
    from: bareDir,
  });
  return github;
}
