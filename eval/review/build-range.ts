/** Makes a repository of two commits out of a case's folders `before` and `after`. */
import { join } from 'node:path';
import { buildRepository } from '../shared/build-repository.ts';
import type { CaseSource } from './load-case.ts';

export interface BuiltRange {
  readonly dir: string;
  readonly base: string;
  readonly head: string;
}

/** `into` must not exist yet, or be empty. */
export async function buildRange(
  { dir, title, description }: Extract<CaseSource, { kind: 'folders' }>,
  into: string,
): Promise<BuiltRange> {
  const message = [title, description].join('\n\n').trim();
  const commits = [
    { ref: 'base', folder: join(dir, 'before'), message: 'The project so far' },
    { ref: 'head', folder: join(dir, 'after'), message },
  ];
  await buildRepository(commits, into);
  return { dir: into, base: 'refs/heads/base', head: 'refs/heads/head' };
}
