/**
 * The only reader of the environment. Everything that can be chosen is chosen here, by name, with its default; all that
 * is wrong is reported at once, each with the setting to mend.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import type { Prices } from './core/budget.ts';
import { LIST_PRICES, pricesSchema } from './core/budget.ts';
import { ConfigError } from './core/errors.ts';

export interface Config {
  /** Null: an embedded Postgres in the state directory. */
  readonly databaseUrl: string | null;
  /** Null: Postgres carries queue and events. */
  readonly redisUrl: string | null;
  readonly github: { readonly apiUrl: string; readonly webUrl: string };
  /** Null until an App exists: then only the set-up pages are served. */
  readonly app: AppCredentials | null;
  readonly anthropic: { readonly apiKey: string | null; readonly baseUrl: string | null };
  readonly models: { readonly tier1: string; readonly tier2: string };
  readonly prices: Prices;
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string };
  /** Roles whose jobs this process takes; null for all. */
  readonly roles: readonly string[] | null;
  readonly concurrency: number;
  readonly stateDir: string;
  readonly sandbox: 'on' | 'off';
  readonly leaseMs: number;
  readonly sweepMs: number;
  readonly patienceMs: number;
  readonly lookAgainMs: number;
  readonly budgetUsd: number;
  readonly log: { readonly level: LogLevel; readonly format: 'pretty' | 'json' };
  /** Search path for the commands that checks and agents run; the one value of the environment that reaches them. */
  readonly path: string;
  /** Every value that must never leave: for exact redaction. */
  readonly secrets: readonly string[];
  /** `<host>/<pid>/<start id>`: who holds a lease. */
  readonly owner: string;
}

export interface AppCredentials {
  readonly id: number;
  readonly privateKey: string;
  /** The first signs, all verify: for rotation. */
  readonly webhookSecrets: readonly string[];
}

const SECRET_MIN_CHARS = 8;

type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Environment = Readonly<Record<string, string | undefined>>;

const optional = z.string().trim().min(1).optional();
const url = z.url({ protocol: /^https?$/ });
const number = (fallback: number, minimum: number) => z.coerce.number().min(minimum).default(fallback);

const environmentSchema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_URL: url.default('https://github.com'),
  APP_ID: z.coerce.number().int().positive().optional(),
  PRIVATE_KEY: optional,
  PRIVATE_KEY_PATH: optional,
  WEBHOOK_SECRET: optional,
  ANTHROPIC_API_KEY: optional,
  ANTHROPIC_BASE_URL: url.optional(),
  CREW_MODEL_TIER1: z.string().min(1).default('claude-opus-5-5'),
  CREW_MODEL_TIER2: z.string().min(1).default('claude-sonnet-5-5'),
  CREW_PRICES: z.string().default('{}').transform(jsonOf).pipe(pricesSchema),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  PUBLIC_URL: url.optional(),
  CREW_ROLES: z.string().default('all'),
  CREW_CONCURRENCY: number(2, 1).pipe(z.int()),
  CREW_STATE_DIR: z.string().min(1).default('.crew'),
  CREW_SANDBOX: z.enum(['on', 'off']).default('on'),
  CREW_LEASE_SECONDS: number(30, 1),
  CREW_SWEEP_SECONDS: number(15, 1),
  CREW_LOOK_AGAIN_SECONDS: number(5, 0),
  CREW_BUDGET_USD: number(10, 0.01),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json', 'auto']).default('auto'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

type Settings = z.infer<typeof environmentSchema>;

/** Throws ConfigError with a line for each setting that is wrong. */
export function parseConfig(environment: Environment, terminal: boolean): Config {
  const blankless = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value?.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(blankless);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The configuration is wrong.\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
  const settings = parsed.data;
  const app = credentials(settings);
  const publicUrl = settings.PUBLIC_URL ?? `http://localhost:${settings.PORT}`;
  return {
    databaseUrl: settings.DATABASE_URL ?? null,
    redisUrl: settings.REDIS_URL ?? null,
    github: { apiUrl: withoutSlash(settings.GITHUB_API_URL), webUrl: withoutSlash(settings.GITHUB_URL) },
    app,
    anthropic: { apiKey: settings.ANTHROPIC_API_KEY ?? null, baseUrl: settings.ANTHROPIC_BASE_URL ?? null },
    models: { tier1: settings.CREW_MODEL_TIER1, tier2: settings.CREW_MODEL_TIER2 },
    prices: { ...LIST_PRICES, ...settings.CREW_PRICES },
    http: { host: settings.HOST, port: settings.PORT, publicUrl: withoutSlash(publicUrl) },
    roles: settings.CREW_ROLES === 'all' ? null : list(settings.CREW_ROLES),
    concurrency: settings.CREW_CONCURRENCY,
    stateDir: resolve(settings.CREW_STATE_DIR),
    sandbox: settings.CREW_SANDBOX,
    leaseMs: settings.CREW_LEASE_SECONDS * 1000,
    sweepMs: settings.CREW_SWEEP_SECONDS * 1000,
    patienceMs: settings.CREW_SWEEP_SECONDS * 2000,
    lookAgainMs: settings.CREW_LOOK_AGAIN_SECONDS * 1000,
    budgetUsd: settings.CREW_BUDGET_USD,
    log: { level: settings.LOG_LEVEL, format: logFormat(settings.LOG_FORMAT, terminal) },
    path: settings.PATH,
    secrets: secretsOf(settings, app),
    owner: `${hostname()}/${process.pid}/${Math.round(performance.timeOrigin)}`,
  };
}

/** The process' environment over `.env` here and the one that set-up wrote in the state directory. */
export function readEnvironment(): Environment {
  const stateDir = process.env.CREW_STATE_DIR ?? '.crew';
  return { ...envFile(join(stateDir, '.env')), ...envFile('.env'), ...process.env };
}

function envFile(path: string): Environment {
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
}

function credentials(settings: Settings): AppCredentials | null {
  const { APP_ID, WEBHOOK_SECRET } = settings;
  const privateKey = privateKeyOf(settings);
  const given = [APP_ID, privateKey, WEBHOOK_SECRET].filter((value) => value !== undefined);
  if (given.length === 0) return null;
  const problems = [
    APP_ID === undefined ? 'APP_ID is missing: the number on the settings page of the App.' : null,
    privateKey === undefined
      ? 'PRIVATE_KEY (or PRIVATE_KEY_PATH) is missing: the PEM file from the settings page of the App.'
      : null,
    WEBHOOK_SECRET === undefined
      ? 'WEBHOOK_SECRET is missing: the secret on the settings page of the App.'
      : null,
  ].filter((problem) => problem !== null);
  if (APP_ID === undefined || privateKey === undefined || WEBHOOK_SECRET === undefined) {
    throw new ConfigError(
      `The App's credentials are not complete.\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  return { id: APP_ID, privateKey, webhookSecrets: webhookSecretsOf(WEBHOOK_SECRET) };
}

/** A comma that is part of a secret would make two wrong ones of it: that nobody meant both parts shows in a short one. */
function webhookSecretsOf(text: string): readonly string[] {
  const secrets = text.split(',').map((secret) => secret.trim());
  if (secrets.length > 1 && secrets.some((secret) => secret.length < SECRET_MIN_CHARS)) {
    throw new ConfigError(
      `WEBHOOK_SECRET: its comma separates several secrets, and one of these ${secrets.length} is empty or shorter than ${SECRET_MIN_CHARS} characters. A secret can hold no comma: set one without in the App and here.`,
    );
  }
  return secrets;
}

/** A PEM on one line with `\n` in it, or in base64, as platforms' secret stores hold it, is read too. */
function privateKeyOf(settings: Settings): string | undefined {
  const path = settings.PRIVATE_KEY_PATH;
  if (path !== undefined && !existsSync(path))
    throw new ConfigError(`PRIVATE_KEY_PATH: there is no file ${path}.`);
  const text = settings.PRIVATE_KEY ?? (path === undefined ? undefined : readFileSync(path, 'utf8'));
  if (text === undefined) return undefined;
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  if (!pem.includes('-----BEGIN')) throw new ConfigError('PRIVATE_KEY is not a PEM (nor one in base64).');
  return pem.replaceAll('\\n', '\n');
}

function secretsOf(settings: Settings, app: AppCredentials | null): readonly string[] {
  const passwords = [settings.DATABASE_URL, settings.REDIS_URL].flatMap((text) =>
    text === undefined ? [] : [decodeURIComponent(new URL(text).password)],
  );
  const key =
    app === null ? [] : [app.privateKey, app.privateKey.replaceAll('\n', '\\n'), ...app.webhookSecrets];
  return [...key, settings.ANTHROPIC_API_KEY ?? '', ...passwords].filter((secret) => secret !== '');
}

function logFormat(format: 'pretty' | 'json' | 'auto', terminal: boolean): 'pretty' | 'json' {
  return format === 'auto' ? (terminal ? 'pretty' : 'json') : format;
}

function jsonOf(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}
