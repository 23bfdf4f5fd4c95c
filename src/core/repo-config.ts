/**
 * `.github/crew.yml`: its schema with the descriptions that the documentation is generated from, its defaults, and a
 * parser that never throws: what is wrong keeps its default and becomes a problem with line and remedy. Pure.
 */
import { z } from 'zod';
import { digest } from './digest.ts';
import { gateSchema } from './gate/gate-config.ts';
import { BRANCH_DEFAULT, branchProblem } from './implement/branch-name.ts';
import { keepValid } from './keep-valid.ts';
import { nearest } from './nearest.ts';
import { networkHost, permittedHosts } from './network-hosts.ts';
import {
  type ConfigProblem,
  isRecord,
  type LineOf,
  type ReadYaml,
  readYaml,
  SHORTEN,
  unreadable,
} from './repo-config-yaml.ts';
import type { TaskConfig } from './request-records.ts';
import type { Severity } from './result-records.ts';
import { glob, LIST_MAX, list, reviewShape, short } from './review-config.ts';

export const CONFIG_PATH = '.github/crew.yml';

const PROBLEMS_MAX = 20;
const UNTIL = 'Until it is mended the default applies.';

const check = z.union([
  short().transform((run) => ({ run, timeout_minutes: 10 })),
  z.strictObject({
    run: short().describe('A shell command; it passes when it exits with 0.'),
    timeout_minutes: z.number().positive().max(120).default(10).describe('Minutes until it is ended.'),
  }),
]);

const budgetShape = {
  per_task_usd: z
    .number()
    .positive()
    .optional()
    .describe("The most that one task may cost, in USD. Left out, or above it: the operator's limit."),
  per_month_usd: z
    .number()
    .positive()
    .optional()
    .describe('The most that all tasks of this repository may cost in a calendar month (UTC), in USD.'),
};

const networkShape = {
  allow: z
    .array(networkHost)
    .max(LIST_MAX)
    .default([])
    .describe(
      'Hosts that commands may reach over HTTP and HTTPS, such as `packages.example.com` or `*.example.org`, of those that the operator permits (`CREW_NETWORK_ALLOW`). Empty: no network at all.',
    ),
};

/** Rules that everything else rests on: who decides, what runs in CI, what the crew itself goes by. */
export const PROTECTED_PATHS: readonly string[] = [
  '.github/workflows/**',
  '.github/actions/**',
  '{,.github/,docs/}CODEOWNERS',
  '.github/crew.yml',
  '.github/crew/**',
  '**/.crew.yml',
];

const shape = {
  roles: list(short())
    .optional()
    .describe('The specialists that may work here, by name. Left out: every one that is installed.'),
  approval: z
    .enum(['required', 'auto'])
    .default('required')
    .describe(
      'Whether a plan waits for `/crew approve`. Applies to the labels `crew` and `crew:<role>`; `crew:auto` and `/crew run` do not wait, `/crew plan` always does. A plan that changes protected files waits in any case.',
    ),
  checks: z
    .array(check)
    .max(LIST_MAX)
    .default([])
    .describe(
      'Commands that check the work, in order, before it and after it. One that fails after and did not before sends the work back, at most twice. Empty: those that the repository is seen to have.',
    ),
  review: z.strictObject(reviewShape).prefault({}).describe('How pull requests are reviewed.'),
  budget: z.strictObject(budgetShape).prefault({}).describe('What the crew may spend.'),
  network: z.strictObject(networkShape).prefault({}).describe('What commands may reach.'),
  bots: list(short())
    .default([])
    .describe(
      'Logins of bots (such as `renovate[bot]`) that may do what a person with write access may, and whose pull requests are reviewed.',
    ),
  protected_paths: list(glob())
    .default([...PROTECTED_PATHS])
    .describe(
      'Globs of files that the crew changes only where a person approved a plan that names them; `!` in front takes files out. Lock files without a change of their manifest are protected in any case.',
    ),
  commits: z
    .enum(['api', 'push'])
    .default('api')
    .describe(
      "How the crew's commits reach GitHub: `api` makes them Verified; `push` is for changes of very many or very large files.",
    ),
  branch: short()
    .superRefine((template, context) => {
      const problem = branchProblem(template);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .default(BRANCH_DEFAULT)
    .describe('The branch of a pull request by the crew, with `{issue}` and `{slug}` filled in.'),
  keep_green: z
    .boolean()
    .default(true)
    .describe(
      'Whether the crew answers failing checks, conflicts, reviews and comments on its own pull requests by itself; `/crew fix` always works.',
    ),
  gates: z
    .array(gateSchema)
    .max(LIST_MAX)
    // One name is one check run, and one task of each deployment or push.
    .refine((gates) => new Set(gates.map(({ name }) => name)).size === gates.length, {
      error: 'two gates have the same name: give each its own',
    })
    .default([])
    .describe(
      'Checks of deployments and audits of pushes, each a check run that branch protection can require.',
    ),
  max_subtasks: z.int().min(1).max(20).default(8).describe('The most subtasks in one plan.'),
};

/** The file as written; the source of the JSON Schema and of the documentation. */
export const repoConfigSchema = z
  .strictObject(shape)
  .describe('Configuration of HyperCode Crew for one repository: `.github/crew.yml` on the default branch.');

type Written = z.output<typeof repoConfigSchema>;

/** The effective configuration. */
export type RepoConfig = Omit<Written, 'roles' | 'budget' | 'network'> & {
  readonly roles: readonly string[];
  readonly network: { readonly allow: readonly string[] };
  readonly budget: { readonly per_task_usd: number; readonly per_month_usd?: number | undefined };
};

/** What the crew's operator sets, whatever a repository asks for. */
export interface CrewLimits {
  /** Specialists that the crew has. */
  readonly roles: readonly string[];
  /** The most that one task may cost. */
  readonly budgetUsd: number;
  /** Hosts that repositories may ask for; left out: none. */
  readonly networkAllow?: readonly string[];
}

export interface ParsedConfig {
  readonly config: RepoConfig;
  /** By dotted key: where its value comes from, `default` or `.github/crew.yml:<line>`. */
  readonly sources: Readonly<Record<string, string>>;
  readonly problems: readonly ConfigProblem[];
  /** Names this state of the file, and of the crew that reads it, in keys. */
  readonly hash: string;
}

/** `text` is null when the repository has no such file. */
export function parseRepoConfig(text: string | null, crew: CrewLimits): ParsedConfig {
  return configFrom(readYaml(text ?? ''), crew, text);
}

/** Of a file that is longer than anybody reads: the defaults, and the problem. `bytes` is null when nobody counted them. */
export function oversizedRepoConfig(bytes: number | null, maxBytes: number, crew: CrewLimits): ParsedConfig {
  const size = bytes === null ? 'is too long' : `has ${bytes} bytes`;
  const message = `the file ${size}; at most ${maxBytes} are read`;
  return configFrom(unreadable(1, message, SHORTEN), crew, message);
}

/** `state` names this state of the file. */
function configFrom(read: ReadYaml, crew: CrewLimits, state: string | null): ParsedConfig {
  const { lineOf } = read;
  const kept = keepValid(read.value, { keys: shape, nested: NESTED, until: UNTIL, lineOf });
  const written = repoConfigSchema.parse(kept.value);
  const roles = knownOf(written.roles, crew.roles, lineOf);
  const wanted = written.budget.per_task_usd ?? crew.budgetUsd;
  const hosts = allowedOf(written.network.allow, crew.networkAllow ?? [], lineOf);
  const problems = [...read.problems, ...kept.problems, ...roles.problems, ...hosts.problems];
  return {
    config: {
      ...written,
      roles: roles.names,
      network: { allow: hosts.names },
      budget: { ...written.budget, per_task_usd: Math.min(wanted, crew.budgetUsd) },
      // Without a readable file nobody can say what was switched off in it: nothing starts unasked.
      review: { ...written.review, auto: written.review.auto && read.problems.length === 0 },
    },
    sources: {
      ...sourcesOf(kept.value, lineOf),
      ...(wanted > crew.budgetUsd ? { 'budget.per_task_usd': "the operator's limit" } : {}),
    },
    problems: problems.slice(0, PROBLEMS_MAX),
    hash: digest(JSON.stringify([crew, state])),
  };
}

/** The part that a task runs by, frozen with it. */
export function toTaskConfig(config: RepoConfig): TaskConfig {
  return {
    checks: config.checks.map(({ run, timeout_minutes }) => ({ run, timeoutMinutes: timeout_minutes })),
    reviewSeverity: config.review.severity,
    reviewMaxComments: config.review.max_comments,
    failOn: severityOf(config.review.fail_on),
    requestChanges: severityOf(config.review.request_changes),
    approve: config.review.approve,
    paths: config.review.paths,
    pathInstructions: config.review.path_instructions,
    maxSubtasks: config.max_subtasks,
    roles: config.roles,
    protectedPaths: config.protected_paths,
    commits: config.commits,
    monthUsd: config.budget.per_month_usd ?? null,
    networkAllow: config.network.allow,
  };
}

function severityOf(written: Severity | 'never'): Severity | null {
  return written === 'never' ? null : written;
}

/** Every dotted key that stands for a value, in the order of the schema. */
export function configKeys(): readonly string[] {
  return Object.entries(shape).flatMap(([key]) => {
    const nested = NESTED[key];
    return nested === undefined ? [key] : Object.keys(nested).map((name) => `${key}.${name}`);
  });
}

const NESTED: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  review: reviewShape,
  budget: budgetShape,
  network: networkShape,
};

/** A repository cannot open the network by itself. */
function allowedOf(asked: readonly string[], permitted: readonly string[], lineOf: LineOf) {
  const names = permittedHosts(asked, permitted);
  const problems = asked.flatMap((host, index): ConfigProblem[] => {
    if (names.includes(host)) return [];
    const message = `the operator of this crew does not permit ${JSON.stringify(host)}`;
    const remedy = `ask for it in CREW_NETWORK_ALLOW, or take it out: until then it cannot be reached`;
    return [{ line: lineOf(['network', 'allow', index]), key: 'network.allow', message, remedy }];
  });
  return { names, problems };
}

function knownOf(names: readonly string[] | undefined, known: readonly string[], lineOf: LineOf) {
  if (names === undefined) return { names: known, problems: [] };
  const problems = names.flatMap((name, index): ConfigProblem[] => {
    if (known.includes(name)) return [];
    const near = nearest(name, known);
    const remedy = near === null ? `use some of ${known.join(', ')}` : `did you mean ${near}?`;
    const message = `the crew has no specialist ${JSON.stringify(name)}`;
    return [{ line: lineOf(['roles', index]), key: 'roles', message, remedy }];
  });
  return { names: known.filter((name) => names.includes(name)), problems };
}

function sourcesOf(written: Readonly<Record<string, unknown>>, lineOf: LineOf): Record<string, string> {
  return Object.fromEntries(
    configKeys().map((key) => {
      const path = key.split('.');
      const stands = path.reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), written);
      return [key, stands === undefined ? 'default' : `${CONFIG_PATH}:${lineOf(path)}`];
    }),
  );
}
