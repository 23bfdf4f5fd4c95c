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
import { nearest } from './core/nearest.ts';
import { networkHost } from './core/network-hosts.ts';
import { QUIET_MS } from './core/next-steps/step.ts';
import { commaSeparated, credentials } from './credentials.ts';
import type { SettingProblem } from './setting-problems.ts';
import { problemWith } from './setting-problems.ts';

export interface Config {
  /** Null: an embedded Postgres in the state directory. */
  readonly databaseUrl: string | null;
  /** Null: Postgres carries queue and events. */
  readonly redisUrl: string | null;
  readonly github: {
    readonly apiUrl: string;
    readonly webUrl: string;
    /** Comments, reviews, reactions and pull requests that it takes of one installation. */
    readonly contentPerMinute: number;
    readonly contentPerHour: number;
  };
  /** Null until an App exists: then only the set-up pages are served. */
  readonly app: AppCredentials | null;
  readonly anthropic: { readonly apiKey: string | null; readonly baseUrl: string | null };
  readonly models: { readonly tier1: string; readonly tier2: string };
  readonly prices: Prices;
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string };
  /** Where people reach the live view of a task; null: comments link to none. */
  readonly liveUrl: string | null;
  /** Roles whose jobs this process takes; null for all. */
  readonly roles: readonly string[] | null;
  readonly concurrency: number;
  readonly stateDir: string;
  readonly sandbox: 'on' | 'off';
  /** Hosts that repositories may let their commands reach. */
  readonly networkAllow: readonly string[];
  readonly leaseMs: number;
  /** Leases that a job may lose before it ends as lost. */
  readonly lossesMax: number;
  readonly sweepMs: number;
  readonly patienceMs: number;
  /** How often a look is had for what GitHub could not deliver, and for what no delivery told. */
  readonly recoveryMs: number;
  readonly lookAgainMs: number;
  /** How long words on a pull request of the crew's must have been silent before they are answered. */
  readonly quietMs: number;
  /** The most that one task may cost. */
  readonly budgetUsd: number;
  /** The most that a repository's tasks, and all tasks, may cost in a calendar month (UTC); null: no limit. */
  readonly monthBudgets: { readonly repositoryUsd: number | null; readonly allUsd: number | null };
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
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, abort: true })
    .refine(hasReadablePassword, 'its password is not encoded')
    .optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, abort: true })
    .refine(hasReadablePassword, 'its password is not encoded')
    .optional(),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_URL: url.default('https://github.com'),
  CREW_GITHUB_CONTENT_PER_MINUTE: number(80, 1).pipe(z.int()),
  CREW_GITHUB_CONTENT_PER_HOUR: number(500, 1).pipe(z.int()),
  APP_ID: z.coerce.number().int().positive().optional(),
  PRIVATE_KEY: optional,
  PRIVATE_KEY_PATH: optional,
  WEBHOOK_SECRET: optional.refine(
    (text) => text === undefined || holdsWholeSecrets(text),
    `its comma separates several secrets, and one of these is empty or shorter than ${SECRET_MIN_CHARS} characters`,
  ),
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
  CREW_NETWORK_ALLOW: z.string().default('').transform(commaSeparated).pipe(z.array(networkHost)),
  CREW_LEASE_SECONDS: number(30, 1),
  CREW_LOSSES: number(5, 1).pipe(z.int()),
  CREW_SWEEP_SECONDS: number(15, 1),
  CREW_RECOVERY_SECONDS: number(300, 0.1),
  CREW_LOOK_AGAIN_SECONDS: number(5, 0),
  CREW_QUIET_SECONDS: number(QUIET_MS / 1000, 0),
  CREW_BUDGET_USD: number(10, 0.01),
  CREW_BUDGET_REPOSITORY_MONTH_USD: z.coerce.number().min(0.01).optional(),
  CREW_BUDGET_MONTH_USD: z.coerce.number().min(0.01).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json', 'auto']).default('auto'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

export type Settings = z.infer<typeof environmentSchema>;
export type SettingName = keyof Settings;

/** Read by docker-compose.yml, and by nothing of ours. */
const SETTINGS_OF_OTHERS = ['CREW_IMAGE'];

export interface SettingsRead {
  /** Made of the settings that are right, and of the defaults of those that are not. */
  readonly config: Config;
  readonly problems: readonly SettingProblem[];
  /** Those that are given, be the App's other credentials complete or not. */
  readonly webhookSecrets: readonly string[];
  /** Names that look like ours and are not, each with the one that was most likely meant. */
  readonly unknown: readonly { readonly name: string; readonly meant: string | null }[];
}

/** Throws ConfigError with a line for each setting that is wrong. */
export function parseConfig(environment: Environment, terminal: boolean): Config {
  const { config, problems } = readSettings(environment, terminal);
  if (problems.length === 0) return config;
  const lines = problems.map(({ setting, problem, remedy }) => `  ${setting} ${problem}: ${remedy}`);
  throw new ConfigError(
    `The configuration is wrong.\n${lines.join('\n')}\n\`crew doctor\` looks at everything else, too.`,
  );
}

/** For whoever goes on with what is right, as `crew doctor` does. */
export function readSettings(environment: Environment, terminal: boolean): SettingsRead {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = environmentSchema.safeParse(given);
  const wrong = parsed.success ? [] : parsed.error.issues.map(problemOf);
  const refused = new Set<string>(wrong.map(({ setting }) => setting));
  const settings = environmentSchema.parse(
    Object.fromEntries(Object.entries(given).filter(([name]) => !refused.has(name))),
  );
  const { app, problems } = credentials(settings, refused);
  return {
    config: configOf(settings, app, terminal),
    problems: [...wrong, ...problems],
    webhookSecrets: commaSeparated(settings.WEBHOOK_SECRET ?? ''),
    unknown: unknownNames(Object.keys(given)),
  };
}

function problemOf(issue: z.core.$ZodIssue): SettingProblem {
  const setting = environmentSchema.keyof().parse(issue.path[0]);
  const place = issue.path.slice(1).join('.');
  const detail = place === '' ? (issue.code === 'custom' ? issue.message : '') : `${place}: ${issue.message}`;
  return problemWith(setting, detail === '' ? 'is wrong' : `is wrong (${detail})`);
}

function unknownNames(names: readonly string[]): SettingsRead['unknown'] {
  const known = [...Object.keys(environmentSchema.shape), ...SETTINGS_OF_OTHERS];
  return names
    .filter((name) => name.startsWith('CREW_') && !known.includes(name))
    .map((name) => ({ name, meant: nearest(name, known) }));
}

function configOf(settings: Settings, app: AppCredentials | null, terminal: boolean): Config {
  const publicUrl = settings.PUBLIC_URL ?? `http://localhost:${settings.PORT}`;
  return {
    databaseUrl: settings.DATABASE_URL ?? null,
    redisUrl: settings.REDIS_URL ?? null,
    github: {
      apiUrl: withoutSlash(settings.GITHUB_API_URL),
      webUrl: withoutSlash(settings.GITHUB_URL),
      contentPerMinute: settings.CREW_GITHUB_CONTENT_PER_MINUTE,
      contentPerHour: settings.CREW_GITHUB_CONTENT_PER_HOUR,
    },
    app,
    anthropic: { apiKey: settings.ANTHROPIC_API_KEY ?? null, baseUrl: settings.ANTHROPIC_BASE_URL ?? null },
    models: { tier1: settings.CREW_MODEL_TIER1, tier2: settings.CREW_MODEL_TIER2 },
    prices: { ...LIST_PRICES, ...settings.CREW_PRICES },
    http: { host: settings.HOST, port: settings.PORT, publicUrl: withoutSlash(publicUrl) },
    liveUrl: settings.PUBLIC_URL === undefined ? null : withoutSlash(settings.PUBLIC_URL),
    roles: settings.CREW_ROLES === 'all' ? null : commaSeparated(settings.CREW_ROLES),
    concurrency: settings.CREW_CONCURRENCY,
    stateDir: resolve(settings.CREW_STATE_DIR),
    sandbox: settings.CREW_SANDBOX,
    networkAllow: settings.CREW_NETWORK_ALLOW,
    leaseMs: settings.CREW_LEASE_SECONDS * 1000,
    lossesMax: settings.CREW_LOSSES,
    sweepMs: settings.CREW_SWEEP_SECONDS * 1000,
    patienceMs: settings.CREW_SWEEP_SECONDS * 2000,
    recoveryMs: settings.CREW_RECOVERY_SECONDS * 1000,
    lookAgainMs: settings.CREW_LOOK_AGAIN_SECONDS * 1000,
    quietMs: settings.CREW_QUIET_SECONDS * 1000,
    budgetUsd: settings.CREW_BUDGET_USD,
    monthBudgets: {
      repositoryUsd: settings.CREW_BUDGET_REPOSITORY_MONTH_USD ?? null,
      allUsd: settings.CREW_BUDGET_MONTH_USD ?? null,
    },
    log: { level: settings.LOG_LEVEL, format: logFormat(settings.LOG_FORMAT, terminal) },
    path: settings.PATH,
    secrets: secretsOf(settings, app),
    owner: `${hostname()}/${process.pid}/${Math.round(performance.timeOrigin)}`,
  };
}

/** Nothing of any folder: for a command that runs among other people's files, whose `.env` is not the operator's word. */
export function readProcessEnvironment(): Environment {
  return { ...process.env };
}

/** What work without GitHub goes by; the rest may be missing or wrong. */
const LOCAL_SETTINGS = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'CREW_BUDGET_USD',
  'CREW_CONCURRENCY',
  'CREW_MODEL_TIER1',
  'CREW_MODEL_TIER2',
  'CREW_NETWORK_ALLOW',
  'CREW_PRICES',
  'CREW_SANDBOX',
  'DATABASE_URL',
  'LOG_FORMAT',
  'LOG_LEVEL',
  'PATH',
] as const satisfies readonly SettingName[];

/** Says nothing but errors unless LOG_LEVEL asks for more: its progress is told otherwise. */
export function localSettings(environment: Environment): Environment {
  const wanted = LOCAL_SETTINGS.map((name) => [name, environment[name]] as const);
  return { LOG_LEVEL: 'error', ...Object.fromEntries(wanted.filter(([, value]) => value !== undefined)) };
}

/** The process' environment over `.env` here and the one that set-up wrote in the state directory. */
export function readEnvironment(): Environment {
  const stateDir = process.env.CREW_STATE_DIR ?? '.crew';
  return { ...envFile(join(stateDir, '.env')), ...envFile('.env'), ...process.env };
}

function envFile(path: string): Environment {
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
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

/** A comma that is part of a secret would make two wrong ones of it: that nobody meant both parts shows in a short one. */
function holdsWholeSecrets(text: string): boolean {
  const parts = text.split(',').map((part) => part.trim());
  return parts.length === 1 || parts.every((part) => part.length >= SECRET_MIN_CHARS);
}

function hasReadablePassword(text: string): boolean {
  try {
    decodeURIComponent(new URL(text).password);
    return true;
  } catch {
    return false;
  }
}

function jsonOf(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}
