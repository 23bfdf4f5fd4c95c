// What a crew member and the crew's shared knowledge are: the records, their schemas, and the parsers from text.
// Pure, so that a repository's own files under .github/crew/ are read by the same rules as the ones shipped here.
import { z } from 'zod';
import { FrontMatterError, parseMarkdown } from './front-matter.ts';
import { owns } from './path-filter.ts';
import { refuseOddGlobs } from './review-config.ts';

/** What a job may ask of a role; a role is only given the kinds that it produces. */
export const ROLE_PRODUCTS = ['plan', 'amend', 'work', 'review', 'answer', 'audit'] as const;

/** Every tool that a role file may name. A file can choose among these, never add one. */
export const ROLE_TOOLS = [
  'bash',
  'read',
  'write',
  'edit',
  'glob',
  'grep',
  'read_skill',
  'message_teammate',
  'record_decision',
  'read_board',
  'propose_standard',
] as const;

const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const ROLE_NAME_MAX_CHARS = 32;
/** Each role has the queue of its name. */
const RESERVED_NAME = 'steps';
const PATHS_MAX = 200;
const PATTERN_MAX_CHARS = 200;

export type RoleProduct = (typeof ROLE_PRODUCTS)[number];
export type RoleTool = (typeof ROLE_TOOLS)[number];

/** Ceilings of one job of this role. The budget of the task applies as well; the lower one wins. */
export type RoleLimits = {
  readonly maxTurns: number;
  /** `max_tokens` of each model call. */
  readonly maxOutputTokens: number;
  readonly maxMinutes: number;
  readonly maxCostUsd: number;
};

/** One crew member, as one Markdown file describes it. */
export type Role = {
  readonly name: string;
  readonly title: string;
  /** 1 decides (Claude Opus), 2 does (Claude Sonnet). */
  readonly tier: 1 | 2;
  readonly purpose: string;
  readonly produces: readonly RoleProduct[];
  readonly tools: readonly RoleTool[];
  readonly skills: readonly string[];
  /** Globs of the files it reviews; a leading `!` takes files out again. Read them with `ownsPath`. */
  readonly paths: readonly string[];
  readonly limits: RoleLimits;
  /** The body of the file: the role's part of its briefing. */
  readonly mandate: string;
};

/** A rule of the team, part of every briefing. */
export type Standard = { readonly name: string; readonly description: string; readonly body: string };

/** Knowledge read on demand. `dir` is null when it came as text: then only its SKILL.md can be read. */
export type Skill = Standard & { readonly dir: string | null };

export type HiveMind = { readonly standards: readonly Standard[]; readonly skills: readonly Skill[] };

const slug = (maxChars: number) =>
  z.string().max(maxChars).regex(SLUG, 'must be lower-case letters and digits joined by single hyphens');
const sentence = (maxChars: number) => z.string().trim().min(1).max(maxChars);

const limitsSchema = z.strictObject({
  max_turns: z.int().min(1).max(200),
  max_output_tokens: z.int().min(1_000).max(64_000),
  max_minutes: z.number().min(0.05).max(120),
  max_cost_usd: z.number().positive().max(50),
});

const roleSchema = z.strictObject({
  name: slug(ROLE_NAME_MAX_CHARS)
    .refine(
      (name) => name !== RESERVED_NAME,
      `must not be "${RESERVED_NAME}", which is the orchestrator's queue`,
    )
    .describe('the name used in labels and commands, equal to the file name'),
  title: sentence(60).describe('what people call this specialist, such as "Backend Specialist"'),
  tier: z
    .union([z.literal(1), z.literal(2)], 'must be 1 or 2')
    .describe('1 for the roles that decide, 2 for the roles that do'),
  purpose: sentence(300).describe('one sentence that says what the role is for'),
  produces: z
    .array(z.enum(ROLE_PRODUCTS))
    .min(1)
    .describe(`a list of ${ROLE_PRODUCTS.join(', ')}`),
  tools: z.array(z.enum(ROLE_TOOLS)).describe(`a list of ${ROLE_TOOLS.join(', ')}`),
  skills: z.array(slug(64)).max(20).default([]).describe('a list of names of skills'),
  paths: z
    .array(z.string().min(1).max(PATTERN_MAX_CHARS).superRefine(refuseOddGlobs))
    .max(PATHS_MAX)
    .describe('a list of globs of the files it reviews ("!" in front takes files out)'),
  limits: limitsSchema.describe('max_turns, max_output_tokens, max_minutes and max_cost_usd'),
});

const standardSchema = z.strictObject({
  name: slug(64).describe('the name of the standard, equal to the file name'),
  description: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[^\n]*$/, 'must be one line')
    .describe('one line that says what it covers'),
});

/** The fields of https://agentskills.io/specification; other tools' own fields are let through unread. */
const skillSchema = z.looseObject({
  name: slug(64).describe('the name of the skill, equal to its folder'),
  description: z.string().trim().min(1).max(1024).describe('what the skill does and when to use it'),
  license: z.string().optional(),
  compatibility: z.string().min(1).max(500).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  'allowed-tools': z.string().optional(),
});

/** Reads a role file. `fileName` is shown in errors and, without folder and `.md`, must be the role's name. */
export function parseRole(text: string, fileName: string): Role {
  const { fields, body } = parseMarkdown(text, fileName, roleSchema);
  requireName(fields.name, baseName(fileName).replace(/\.md$/, ''), fileName, 'the file name');
  const { limits, ...rest } = fields;
  return {
    ...rest,
    limits: {
      maxTurns: limits.max_turns,
      maxOutputTokens: limits.max_output_tokens,
      maxMinutes: limits.max_minutes,
      maxCostUsd: limits.max_cost_usd,
    },
    mandate: body,
  };
}

/** Reads a standard. `fileName`, without folder and `.md`, must be its name. */
export function parseStandard(text: string, fileName: string): Standard {
  const { fields, body } = parseMarkdown(text, fileName, standardSchema);
  requireName(fields.name, baseName(fileName).replace(/\.md$/, ''), fileName, 'the file name');
  return { ...fields, body };
}

/** Reads a SKILL.md. `fileName` ends in `<name>/SKILL.md`; `dir` is where its other files are, null for none. */
export function parseSkill(text: string, fileName: string, dir: string | null = null): Skill {
  const { fields, body } = parseMarkdown(text, fileName, skillSchema);
  requireName(fields.name, baseName(fileName.replace(/[\\/][^\\/]*$/, '')), fileName, "the skill's folder");
  return { name: fields.name, description: fields.description, dir, body };
}

/** The crew's knowledge with a repository's laid over it: the same name replaces, so the repository wins. */
export function extendHiveMind(base: HiveMind, added: HiveMind): HiveMind {
  return {
    standards: overlay(base.standards, added.standards),
    skills: overlay(base.skills, added.skills),
  };
}

/** Specialists that may be given such work on a task, by its configuration, in their order. */
export function ableTo(
  product: Role['produces'][number],
  roles: readonly Role[],
  { roles: enabled }: { readonly roles: readonly string[] },
): readonly Role[] {
  return roles.filter(({ name, produces }) => produces.includes(product) && enabled.includes(name));
}

/** Whether the role reviews this file: some pattern includes it and no `!` pattern takes it out again. */
export function ownsPath(role: Pick<Role, 'paths'>, path: string): boolean {
  return owns(role.paths, path);
}

/** Records by name, in the order of their names; the later of two with one name wins. */
function overlay<Named extends { readonly name: string }>(base: readonly Named[], added: readonly Named[]) {
  const byName = new Map([...base, ...added].map((record) => [record.name, record]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function requireName(name: string, expected: string, file: string, what: string): void {
  if (name === expected) return;
  throw new FrontMatterError(file, [
    { line: 2, message: `"name" is "${name}" but ${what} says "${expected}": make them equal` },
  ]);
}
