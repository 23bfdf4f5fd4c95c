/**
 * The only reader of the environment. Everything that can be chosen is chosen here, by name, with its default; all that
 * is wrong is reported at once, each with the setting to mend.
 */
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import type { Prices } from './core/budget.ts';
import { LIST_PRICES } from './core/budget.ts';
import { ConfigError } from './core/errors.ts';
import { nearest } from './core/nearest.ts';
import { commaSeparated, credentials } from './credentials.ts';
import type { SettingProblem } from './setting-problems.ts';
import { problemWith } from './setting-problems.ts';
import { environmentSchema, type SettingName, type Settings } from './settings.ts';

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
  /** Of the sweep, with what was rung for. */
  readonly patienceMs: number;
  /** Age at which a ring for a subtask counts as lost. */
  readonly ringAgainMs: number;
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

type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Environment = Readonly<Record<string, string | undefined>>;

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
    ringAgainMs: (settings.CREW_SWEEP_SECONDS * 2000) / 3,
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

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}
