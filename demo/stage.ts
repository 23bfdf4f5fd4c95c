/**
 * Sets the stage of the demo: a folder of its own for each run, a local GitHub with the sample repository, the scripted
 * model unless a key for the real one is set, and the crew itself, configured like every installation.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../src/config.ts';
import { parseConfig } from '../src/config.ts';
import type { Ending } from '../src/wire/foundation.ts';
import type { Crew } from '../src/wire.ts';
import { createLog, startCrew } from '../src/wire.ts';
import { readAppManifest } from './app-manifest.ts';
import { freePorts } from './free-ports.ts';
import type { GitHub } from './github/github.ts';
import { startGitHub } from './github/github.ts';
import type { RunningModel } from './model/start-model.ts';
import { startModel } from './model/start-model.ts';
import { openapi, requestSchema } from './published-descriptions.ts';
import { seedSample } from './sample.ts';

const OWNER = 'larder-club';
export const REPOSITORY = `${OWNER}/larder`;
/** Who labels and approves, and who opens the pull request. */
export const MAINTAINER = 'ines';
export const CONTRIBUTOR = 'jonas';

export interface Stage {
  readonly dir: string;
  readonly github: GitHub;
  /** Null when the real model answers. */
  readonly model: RunningModel | null;
  readonly crew: Crew;
  readonly sandbox: 'on' | 'off';
  /** Ends all servers; the run can be taken up again. */
  interrupt(): Promise<void>;
  /** Ends all servers, and deletes the crew's database. */
  close(): Promise<void>;
}

const settingsSchema = z.object({
  ports: z.object({ github: z.int(), model: z.int(), crew: z.int() }),
  privateKey: z.string(),
  webhookSecret: z.string(),
});
type Settings = z.infer<typeof settingsSchema>;

const APP_ID = 4242;
const SLUG = 'hypercode-crew';
/** Only the scripted model takes it. */
const SCRIPTED_KEY = 'key-of-the-scripted-model';

/** Goes on with the run in `dir` if one is there, however it ended. */
export async function setStage(dir: string, environment: Environment): Promise<Stage> {
  await mkdir(dir, { recursive: true });
  const settings = await settingsOf(dir);
  const real = (environment.ANTHROPIC_API_KEY ?? '') !== '';
  const crewUrl = `http://127.0.0.1:${settings.ports.crew}`;
  const github = await openGitHub(dir, settings, crewUrl);
  const model = real ? null : await openModel(settings);
  const config = parseConfig(
    crewEnvironment({ dir, settings, environment, github, model }),
    process.stderr.isTTY,
  );
  const crew = await startCrew(config, createLog(config, join(dir, 'crew.log')), { web: true, worker: true });
  const end = async (ending: Ending): Promise<void> => {
    await crew.close(ending);
    await model?.close();
    await github.close();
  };
  return {
    dir,
    github,
    model,
    crew,
    sandbox: config.sandbox,
    interrupt: () => end({}),
    close: () => end({ forget: true }),
  };
}

/** Chosen once for a run, so that all addresses hold when it is taken up again. */
async function settingsOf(dir: string): Promise<Settings> {
  const path = join(dir, 'settings.json');
  if (existsSync(path)) return settingsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const [github = 0, model = 0, crew = 0] = await freePorts(3);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const settings = {
    ports: { github, model, crew },
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    webhookSecret: randomBytes(20).toString('hex'),
  };
  await writeFile(`${path}.new`, JSON.stringify(settings), { mode: 0o600 });
  await rename(`${path}.new`, path);
  return settings;
}

async function openGitHub(dir: string, settings: Settings, crewUrl: string): Promise<GitHub> {
  const manifest = await readAppManifest();
  const github = await startGitHub({
    dir: join(dir, 'github'),
    port: settings.ports.github,
    app: {
      id: APP_ID,
      slug: SLUG,
      name: manifest.name,
      privateKeyPem: settings.privateKey,
      webhookSecret: settings.webhookSecret,
      webhookUrl: `${crewUrl}/api/github/webhooks`,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
    },
    ...openapi,
    strictTokens: true,
  });
  await github.seedRepository({
    owner: OWNER,
    name: 'larder',
    ownerType: 'Organization',
    description: 'What is in the larder, and what is running out',
    collaborators: { [MAINTAINER]: 'maintain', [CONTRIBUTOR]: 'write' },
    from: await sampleIn(join(dir, 'sample.git')),
  });
  return github;
}

async function sampleIn(bareDir: string): Promise<string> {
  await rm(bareDir, { recursive: true, force: true });
  await seedSample({ bareDir });
  return bareDir;
}

function openModel(settings: Settings): Promise<RunningModel> {
  return startModel({
    conversationsDir: join(import.meta.dirname, 'conversations'),
    port: settings.ports.model,
    apiKey: SCRIPTED_KEY,
    ...requestSchema,
  });
}

/** The settings of an installation, by the names that every installation uses. */
function crewEnvironment(stage: {
  readonly dir: string;
  readonly settings: Settings;
  readonly environment: Environment;
  readonly github: GitHub;
  readonly model: RunningModel | null;
}): Environment {
  const { dir, settings, environment, github, model } = stage;
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, CREW_SANDBOX, DATABASE_URL, PATH, REDIS_URL } = environment;
  return {
    APP_ID: String(APP_ID),
    PRIVATE_KEY: settings.privateKey,
    WEBHOOK_SECRET: settings.webhookSecret,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_URL: github.url,
    ANTHROPIC_API_KEY: model === null ? ANTHROPIC_API_KEY : SCRIPTED_KEY,
    ANTHROPIC_BASE_URL: model === null ? ANTHROPIC_BASE_URL : model.url,
    // What the scripted model has run in the sample is ours, and read by every reader of this repository.
    CREW_SANDBOX: CREW_SANDBOX ?? (model === null ? 'on' : 'off'),
    CREW_STATE_DIR: dir,
    CREW_LEASE_SECONDS: '5',
    // Whoever kills a demo again and again is no fault of its jobs.
    CREW_LOSSES: '100',
    CREW_SWEEP_SECONDS: '2',
    CREW_LOOK_AGAIN_SECONDS: '0.2',
    CREW_QUIET_SECONDS: '1',
    PORT: String(settings.ports.crew),
    PUBLIC_URL: `http://127.0.0.1:${settings.ports.crew}`,
    DATABASE_URL,
    REDIS_URL,
    PATH,
  };
}
