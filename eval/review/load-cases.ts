/** Reads cases: each is a folder with a `case.yml`, and says what is reviewed and which faults are to be found in it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError, errorMessage } from '../../src/core/errors.ts';
import { checkInFolders } from './check-places.ts';
import type { Expected } from './score.ts';

export interface Case {
  /** Of its folder. */
  readonly name: string;
  readonly about: string;
  readonly source: CaseSource;
  readonly expected: readonly Expected[];
}

export type CaseSource =
  | { readonly kind: 'repository'; readonly dir: string; readonly base: string; readonly head: string }
  /** Two states of a project in the folders `before` and `after`; the words are the second commit's. */
  | { readonly kind: 'folders'; readonly dir: string; readonly title: string; readonly description: string };

const CASES_MAX = 1_000;
const SHOWN_MAX = 20;

const place = {
  path: z.string().min(1),
  side: z.enum(['RIGHT', 'LEFT']).default('RIGHT').describe('LEFT: lines as they were before'),
  lines: z
    .tuple([z.int().min(1), z.int().min(1)])
    .refine(([from, to]) => from <= to, 'the first line comes after the last'),
};

const caseSchema = z
  .strictObject({
    about: z.string().min(1).describe('for readers of the scores; the reviewers never see it'),
    repository: z.string().min(1).optional().describe('path to a git repository, relative to the case'),
    base: z.string().min(1).optional(),
    head: z.string().min(1).optional(),
    title: z.string().min(1).default('Update').describe('of the change, where it is made of folders'),
    description: z.string().default(''),
    expected: z
      .array(
        z.strictObject({
          ...place,
          about: z.string().min(1),
          or: z.array(z.strictObject(place)).default([]),
        }),
      )
      .describe('empty: no fault was planted'),
  })
  .refine(
    ({ repository, base, head }) => (repository === undefined) === (base === undefined && head === undefined),
    '`repository` needs `base` and `head`, and these need it',
  );

/**
 * Of `dir` itself, or of every folder in it that has a `case.yml`; folders that have none are told. Throws ConfigError for what
 * cannot be read, and for faults expected where there is nothing.
 */
export async function loadCases(
  dir: string,
  only: string | null,
  tell: (line: string) => void = () => {},
): Promise<readonly Case[]> {
  const root = resolve(dir);
  const dirs = (await isFile(join(root, 'case.yml'))) ? [root] : await caseDirs(root, tell);
  if (dirs.length > CASES_MAX) throw new ConfigError(`--cases: more than ${CASES_MAX} cases in ${dir}.`);
  const wanted = dirs.filter((found) => only === null || basename(found) === only);
  if (wanted.length === 0) {
    throw new ConfigError(
      only === null
        ? `--cases: no case.yml in ${dir} or in its folders.`
        : `--only: ${dir} has no case ${only}.`,
    );
  }
  return Promise.all(wanted.map(loadCase));
}

async function caseDirs(root: string, tell: (line: string) => void): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    throw new ConfigError(`--cases: ${errorMessage(error)}`);
  });
  const names = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.'));
  const dirs = names.map(({ name }) => join(root, name)).sort();
  const are = await Promise.all(dirs.map((dir) => isFile(join(dir, 'case.yml'))));
  const without = dirs.filter((_, index) => !are[index]).map((dir) => basename(dir));
  if (without.length > 0) {
    const shown = without.slice(0, SHOWN_MAX).join(', ');
    const more = without.length > SHOWN_MAX ? ` and ${without.length - SHOWN_MAX} more` : '';
    tell(`No case.yml in ${shown}${more}: left out. Cases are looked for one folder deep.`);
  }
  return dirs.filter((_, index) => are[index]);
}

async function loadCase(dir: string): Promise<Case> {
  const file = join(dir, 'case.yml');
  const { about, repository, base, head, title, description, expected } = await read(file);
  const source: CaseSource =
    repository === undefined
      ? { kind: 'folders', dir, title, description }
      : { kind: 'repository', dir: resolve(dir, repository), base: base ?? '', head: head ?? '' };
  if (source.kind === 'folders') {
    await checkInFolders(dir, expected).catch((error: unknown) => {
      throw new ConfigError(`${file}: ${errorMessage(error)}`, { cause: error });
    });
  }
  return { name: basename(dir), about, source, expected };
}

async function read(file: string): Promise<z.infer<typeof caseSchema>> {
  try {
    return caseSchema.parse(parse(await readFile(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
    throw new ConfigError(`${file} cannot be read:\n${why}`, { cause: error });
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
