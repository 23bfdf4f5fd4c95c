/** Finds and reads the cases of an evaluation: each is a folder with a `case.yml`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError, errorMessage } from '../../src/core/errors.ts';

const CASES_MAX = 1_000;
const SHOWN_MAX = 20;

interface CasesWanted {
  /** The one of this name; null: all. */
  readonly only?: string | null;
  readonly tell?: (line: string) => void;
}

/**
 * Of `dir` itself, or of every folder in it that has a `case.yml`; folders that have none are told. Throws ConfigError when
 * there is none, and for what cannot be read.
 */
export async function loadCases<Case>(
  dir: string,
  load: (dir: string) => Promise<Case>,
  { only = null, tell = () => {} }: CasesWanted = {},
): Promise<readonly Case[]> {
  return Promise.all((await findCases(dir, only, tell)).map(load));
}

async function findCases(
  dir: string,
  only: string | null,
  tell: (line: string) => void,
): Promise<readonly string[]> {
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
  return wanted;
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

/** Throws ConfigError with what is wrong in it. */
export async function readCase<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(parse(await readFile(file, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
    throw new ConfigError(`${file} cannot be read:\n${why}`, { cause: error });
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
