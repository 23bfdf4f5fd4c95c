/** Looks at everything that the crew needs, one by one, and says what is wrong and how to mend it. Changes nothing. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { parse } from 'yaml';
import { z } from 'zod';
import { probeSandbox } from '../agents/sandbox/probe-sandbox.ts';
import { checkGitVersion } from '../agents/workspace/git-version.ts';
import type { AppCredentials, Config } from '../config.ts';
import { errorMessage } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { pendingMigrations } from '../store/migrate.ts';
import { systemClock } from './clock.ts';
import { openDatabase } from './foundation.ts';
import { connectToGitHub } from './github.ts';
import { PACKAGE_ROOT } from './package-root.ts';

export interface Finding {
  readonly subject: string;
  readonly state: 'good' | 'warning' | 'wrong';
  readonly detail: string;
  /** What to do; '' when nothing is. */
  readonly remedy: string;
}

const POSTGRES_MINIMUM = 15;
const LEVELS = ['none', 'read', 'write', 'admin'];

export async function examine(config: Config, log: Log): Promise<readonly Finding[]> {
  const parts: Readonly<Record<string, () => Promise<readonly Finding[]>>> = {
    database: () => examineDatabase(config, log),
    queue: () => examineQueue(config),
    sandbox: () => examineSandbox(config),
    git: () => examineGit(config),
    model: () => examineModel(config),
    App: () => examineApp(config, log),
  };
  const findings = await Promise.all(
    Object.entries(parts).map(async ([subject, look]) => {
      try {
        return await look();
      } catch (error) {
        return [wrong(subject, errorMessage(error), 'See the message.')];
      }
    }),
  );
  return findings.flat();
}

async function examineDatabase(config: Config, log: Log): Promise<readonly Finding[]> {
  const remedy = 'Check DATABASE_URL, and that PostgreSQL runs and takes connections from here.';
  try {
    const database = await openDatabase(config, log);
    try {
      return await lookAtDatabase(database.pool, config.databaseUrl === null ? 'embedded' : 'DATABASE_URL');
    } finally {
      await database.close();
    }
  } catch (error) {
    return [wrong('database', errorMessage(error), remedy)];
  }
}

async function lookAtDatabase(pool: pg.Pool, which: string): Promise<readonly Finding[]> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num');
  const major = Math.floor(Number(rows[0]?.server_version_num ?? 0) / 10_000);
  if (major < POSTGRES_MINIMUM) {
    return [wrong('database', `PostgreSQL ${major}`, `Use PostgreSQL ${POSTGRES_MINIMUM} or later.`)];
  }
  const pending = await pendingMigrations(pool);
  const migrations =
    pending.length === 0
      ? good('migrations', 'all applied')
      : warning(
          'migrations',
          `not applied yet: ${pending.join(', ')}`,
          'Run `crew migrate`, or start the crew.',
        );
  return [good('database', `PostgreSQL ${major}, ${which}`), migrations];
}

async function examineQueue({ redisUrl }: Config): Promise<readonly Finding[]> {
  if (redisUrl === null) return [good('queue', 'carried by Postgres')];
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    const policy = (await redis.config('GET', 'maxmemory-policy')) as string[];
    const aof = (await redis.config('GET', 'appendonly')) as string[];
    return [
      good('queue', 'Redis answers'),
      ...(policy[1] === 'noeviction'
        ? []
        : [warning('queue', `maxmemory-policy is ${policy[1]}`, 'Set it to noeviction.')]),
      ...(aof[1] === 'yes'
        ? []
        : [warning('queue', 'appendonly is off', 'Set appendonly yes: work resumes sooner after a crash.')]),
    ];
  } catch (error) {
    return [wrong('queue', `Redis: ${errorMessage(error)}`, 'Check REDIS_URL, and that Redis runs.')];
  } finally {
    redis.disconnect();
  }
}

async function examineSandbox(config: Config): Promise<readonly Finding[]> {
  if (config.sandbox === 'off') {
    return [
      warning(
        'sandbox',
        'off by CREW_SANDBOX',
        'Commands of agents run with the rights of this process; set it to on.',
      ),
    ];
  }
  const { works, problem, remedy } = await probeSandbox();
  return [
    works ? good('sandbox', 'a command ran in bubblewrap') : wrong('sandbox', problem ?? '', remedy ?? ''),
  ];
}

async function examineGit(config: Config): Promise<readonly Finding[]> {
  return [good('git', await checkGitVersion(config.path))];
}

async function examineModel({ anthropic, models }: Config): Promise<readonly Finding[]> {
  if (anthropic.apiKey === null) return [wrong('model', 'no key', 'Set ANTHROPIC_API_KEY.')];
  const client = new Anthropic({
    apiKey: anthropic.apiKey,
    baseURL: anthropic.baseUrl,
    maxRetries: 1,
    timeout: 10_000,
  });
  const wanted = [models.tier1, models.tier2];
  const findings = await Promise.all(
    wanted.map(async (model) => {
      try {
        const { display_name } = await client.models.retrieve(model);
        return good('model', `${model} (${display_name}) answers to the key`);
      } catch (error) {
        const remedy =
          error instanceof Anthropic.AuthenticationError
            ? 'The key is not accepted: make a new one and set ANTHROPIC_API_KEY.'
            : 'Check ANTHROPIC_BASE_URL, CREW_MODEL_TIER1 and CREW_MODEL_TIER2, and the network.';
        return wrong('model', `${model}: ${errorMessage(error)}`, remedy);
      }
    }),
  );
  return findings;
}

const manifestSchema = z.object({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

async function examineApp(config: Config, log: Log): Promise<readonly Finding[]> {
  if (config.app === null) {
    return [warning('App', 'no credentials yet', 'Run `crew start`: its page makes the App.')];
  }
  const given = await appAsRegistered(config, config.app, log);
  const manifest = manifestSchema.parse(parse(await readFile(join(PACKAGE_ROOT, 'app.yml'), 'utf8')));
  const lacking = Object.entries(manifest.default_permissions).filter(
    ([name, level]) => LEVELS.indexOf(given.permissions[name] ?? 'none') < LEVELS.indexOf(level),
  );
  const unheard = manifest.default_events.filter((event) => !given.events.includes(event));
  const settings = `${config.github.webUrl}/settings/apps/${given.slug}/permissions`;
  return [
    good('App', `${given.name} (${given.slug})`),
    lacking.length === 0
      ? good('App permissions', 'all granted')
      : wrong(
          'App permissions',
          `lacking: ${lacking.map(([name, level]) => `${name}: ${level}`).join(', ')}`,
          `Grant them at ${settings}`,
        ),
    unheard.length === 0
      ? good('App events', 'all subscribed')
      : wrong('App events', `not subscribed: ${unheard.join(', ')}`, `Subscribe at ${settings}`),
  ];
}

const registeredSchema = z.object({
  name: z.string(),
  slug: z.string(),
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()),
});

async function appAsRegistered(
  config: Config,
  app: AppCredentials,
  log: Log,
): Promise<z.infer<typeof registeredSchema>> {
  const clients = connectToGitHub(config, app, { clock: systemClock, log });
  const { data } = await clients.app().rest.apps.getAuthenticated();
  return registeredSchema.parse(data);
}

function good(subject: string, detail: string): Finding {
  return { subject, state: 'good', detail, remedy: '' };
}

function warning(subject: string, detail: string, remedy: string): Finding {
  return { subject, state: 'warning', detail, remedy };
}

function wrong(subject: string, detail: string, remedy: string): Finding {
  return { subject, state: 'wrong', detail, remedy };
}
