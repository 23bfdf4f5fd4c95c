/**
 * `<dir>/.crew.yml`: how the files below a directory are reviewed where it differs from the rest of the repository. What
 * concerns the whole pull request has no place there. Never throws: what is wrong is left out and becomes a problem. Pure.
 */
import { z } from 'zod';
import { type Keys, keepValid } from './keep-valid.ts';
import { CONFIG_PATH, configKeys } from './repo-config.ts';
import type { ConfigProblem } from './repo-config-yaml.ts';
import { readYaml } from './repo-config-yaml.ts';
import type { DirectoryRules } from './review/review-records.ts';
import { reviewShape } from './review-config.ts';

export const DIRECTORY_RULES_FILE = '.crew.yml';

const PROBLEMS_MAX = 10;
const MEANWHILE = "the repository's own settings apply";

const { severity, max_comments, paths, path_instructions } = reviewShape;
const REVIEW = { severity, max_comments, paths, path_instructions } satisfies Keys;
const review = z.strictObject(REVIEW).describe('How files below this directory are reviewed.');

/** What the file set, with no default in place of what it did not. */
const written = z.object({
  review: z
    .object({
      severity: severity.unwrap().optional(),
      max_comments: max_comments.unwrap().optional(),
      paths: paths.unwrap().optional(),
      path_instructions: path_instructions.unwrap().optional(),
    })
    .default({}),
});

export interface ParsedDirectoryRules {
  /** Null when there is no such file, or nothing that counts in it. */
  readonly rules: DirectoryRules | null;
  /** Of this file. */
  readonly problems: readonly ConfigProblem[];
}

/** `text` is null when the directory has no such file; `dir` may end in a slash. */
export function parseDirectoryRules(text: string | null, dir: string): ParsedDirectoryRules {
  if (text === null) return { rules: null, problems: [] };
  const read = readYaml(text, MEANWHILE);
  const kept = keepValid(read.value, {
    keys: { review },
    nested: { review: REVIEW },
    until: `Until it is mended ${MEANWHILE}.`,
    lineOf: read.lineOf,
    elsewhere: ofWholePullRequest,
  });
  const problems = [...read.problems, ...kept.problems].slice(0, PROBLEMS_MAX);
  const set = written.parse(kept.value).review;
  if (Object.keys(set).length === 0) return { rules: null, problems };
  const rules = {
    dir: dir.replace(/\/+$/, ''),
    severity: set.severity ?? null,
    maxComments: set.max_comments ?? null,
    paths: set.paths ?? null,
    pathInstructions: set.path_instructions ?? null,
  };
  return { rules, problems };
}

function ofWholePullRequest(path: readonly string[]): Pick<ConfigProblem, 'message' | 'remedy'> | null {
  const key = path.join('.');
  if (!configKeys().some((known) => known === key || known.startsWith(`${key}.`))) return null;
  return { message: 'holds for the whole pull request', remedy: `move it to ${CONFIG_PATH}` };
}
