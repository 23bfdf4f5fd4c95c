// What a repository adds to the crew: its own rules, standards, skills and roles. All of it is read at a commit of the
// default branch's side, never from a pull request's head, and a file that cannot be read is left out and told.
import { errorMessage } from '../../core/errors.ts';
import {
  extendHiveMind,
  type HiveMind,
  parseRole,
  parseSkill,
  parseStandard,
  type Role,
} from '../../core/roles.ts';
import type { RuleFile } from './context-block.ts';
import { type RepositoryFiles, readRules } from './read-rules.ts';

export interface RepositoryKnowledge {
  readonly rules: readonly RuleFile[];
  readonly hiveMind: HiveMind;
  readonly role: Role;
  /** One sentence for each file that could not be used. */
  readonly problems: readonly string[];
}

const CREW_FOLDER = '.github/crew';
/** Standards, and skills, that a repository may add. */
const ADDED_MAX = 30;

export async function readRepositoryKnowledge(
  files: RepositoryFiles,
  base: { readonly hiveMind: HiveMind; readonly role: Role },
  /** Files that the job is about. */
  paths: readonly string[],
): Promise<RepositoryKnowledge> {
  const problems: string[] = [];
  const rules = await readRules(files, paths, problems);
  const standards = await readAll(files, 'standards', (name) => name, parseStandard, problems);
  const skills = await readAll(files, 'skills', (name) => `${name}/SKILL.md`, parseSkill, problems);
  return {
    rules,
    hiveMind: extendHiveMind(base.hiveMind, { standards, skills }),
    role: await readRole(files, base.role, problems),
    problems,
  };
}

async function readAll<T>(
  files: RepositoryFiles,
  folder: 'standards' | 'skills',
  fileOf: (name: string) => string,
  parse: (text: string, path: string) => T,
  problems: string[],
): Promise<readonly T[]> {
  const names = (await files.list(`${CREW_FOLDER}/${folder}`))
    .filter((name) => !name.startsWith('.'))
    .toSorted();
  const wanted = folder === 'standards' ? names.filter((name) => name.endsWith('.md')) : names;
  if (wanted.length > ADDED_MAX) {
    problems.push(`${CREW_FOLDER}/${folder}: only ${ADDED_MAX} of ${wanted.length} ${folder} are read.`);
  }
  const parsed: T[] = [];
  for (const name of wanted.slice(0, ADDED_MAX)) {
    const path = `${CREW_FOLDER}/${folder}/${fileOf(name)}`;
    const text = await files.show(path);
    if (text === null) continue;
    const one = attempt(() => parse(text, path), problems);
    if (one !== null) parsed.push(one);
  }
  return parsed;
}

/** A repository may give a role another mandate and other habits, never more than the operator lets it spend or do. */
async function readRole(files: RepositoryFiles, shipped: Role, problems: string[]): Promise<Role> {
  const path = `${CREW_FOLDER}/roles/${shipped.name}.md`;
  const text = await files.show(path);
  const own = text === null ? null : attempt(() => parseRole(text, path), problems);
  if (own === null) return shipped;
  const { limits } = shipped;
  return {
    ...own,
    tier: shipped.tier,
    produces: shipped.produces,
    tools: own.tools.filter((tool) => shipped.tools.includes(tool)),
    limits: {
      maxTurns: Math.min(own.limits.maxTurns, limits.maxTurns),
      maxOutputTokens: Math.min(own.limits.maxOutputTokens, limits.maxOutputTokens),
      maxMinutes: Math.min(own.limits.maxMinutes, limits.maxMinutes),
      maxCostUsd: Math.min(own.limits.maxCostUsd, limits.maxCostUsd),
    },
  };
}

function attempt<T>(read: () => T, problems: string[]): T | null {
  try {
    return read();
  } catch (error) {
    problems.push(errorMessage(error));
    return null;
  }
}
