/** Reads a case: a folder with a `case.yml`, a repository, an issue, and tests that are run on what the crew makes of it. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../src/core/errors.ts';
import { readCase } from '../shared/load-cases.ts';

export interface Case {
  /** Of its folder. */
  readonly name: string;
  readonly about: string;
  readonly title: string;
  readonly issue: string;
  readonly source: CaseSource;
  /** Folder whose files are laid over the crew's work before `command` is run. */
  readonly hiddenDir: string;
  /** Resolved when it ends with 0. */
  readonly command: string;
  readonly timeoutMs: number;
}

export type CaseSource =
  | { readonly kind: 'repository'; readonly dir: string; readonly base: string }
  /** Its files are the one commit. */
  | { readonly kind: 'folder'; readonly dir: string };

const TIMEOUT_MAX_MINUTES = 60;

const caseSchema = z
  .strictObject({
    about: z.string().min(1).describe('for readers of what was measured; the crew never sees it'),
    title: z.string().min(1).max(200).describe('of the issue'),
    issue: z.string().min(1).optional().describe('its text; left out, it is in issue.md'),
    command: z.string().min(1).describe('runs the hidden tests'),
    timeout: z.number().positive().max(TIMEOUT_MAX_MINUTES).default(5).describe('of the command, minutes'),
    repository: z.string().min(1).optional().describe('path to a git repository, relative to the case'),
    base: z.string().min(1).optional().describe('its commit to begin upon'),
  })
  .refine(
    ({ repository, base }) => (repository === undefined) === (base === undefined),
    '`repository` needs `base`, and `base` needs it; without them the folder repository/ is committed',
  );

/** Throws ConfigError for what cannot be read. */
export async function loadCase(dir: string): Promise<Case> {
  const file = join(dir, 'case.yml');
  const { about, title, issue, command, timeout, repository, base } = await readCase(file, caseSchema);
  const hiddenDir = join(dir, 'hidden');
  await folder(hiddenDir, file);
  const ownDir = join(dir, 'repository');
  if (repository === undefined) await folder(ownDir, file);
  return {
    name: basename(dir),
    about,
    title,
    issue: issue ?? (await issueOf(dir, file)),
    source:
      repository === undefined
        ? { kind: 'folder', dir: ownDir }
        : { kind: 'repository', dir: resolve(dir, repository), base: base ?? '' },
    hiddenDir,
    command,
    timeoutMs: timeout * 60_000,
  };
}

async function issueOf(dir: string, file: string): Promise<string> {
  const text = await readFile(join(dir, 'issue.md'), 'utf8').catch(() => '');
  if (text.trim() !== '') return text.trim();
  throw new ConfigError(`${file}: there is no \`issue\`, and no issue.md beside it.`);
}

async function folder(path: string, file: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) throw new ConfigError(`${file}: the folder ${basename(path)}/ is missing.`);
}
