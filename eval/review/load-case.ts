/** Reads a case: a folder with a `case.yml`, which says what is reviewed and which faults are to be found in it. */
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError, errorMessage } from '../../src/core/errors.ts';
import { readCase } from '../shared/load-cases.ts';
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

/** Throws ConfigError for what cannot be read, and for faults expected where there is nothing. */
export async function loadCase(dir: string): Promise<Case> {
  const file = join(dir, 'case.yml');
  const { about, repository, base, head, title, description, expected } = await readCase(file, caseSchema);
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
