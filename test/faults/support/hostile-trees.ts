/** Hostile commits made by git's plumbing: trees that its own commands refuse to make, and next to nothing that is very much. */
import { execFileSync } from 'node:child_process';
import type { Origin } from '../../agents/workspace-fixture.ts';
import type { Hostile } from './hostile-corpus.ts';

/** A full file system, or more time than a trial has, without what should stop it. */
export const BOMB_BYTES = 256 * 1024 ** 2;

const NO_PATH = /a path that git does not check out/;

/** A tree with a name in it that no work tree may have; made by plumbing, for git's own commands refuse it. */
export function treeNamed(name: string): Hostile {
  return {
    name: `a folder ${JSON.stringify(name)} with hooks in it`,
    told: NO_PATH,
    commit: (origin, proof) => {
      const hook = blob(origin, `#!/bin/sh\n${proof}\n`);
      const hooks = tree(origin, [['100755', 'blob', hook, 'post-checkout']]);
      const inner = tree(origin, [
        ['100644', 'blob', hook, 'config'],
        ['040000', 'tree', hooks, 'hooks'],
      ]);
      return commitTree(origin, tree(origin, [['040000', 'tree', inner, name]]));
    },
  };
}

/** Ten folders in each of ten, seven levels deep: ten million files. */
export function folderBomb(origin: Origin): string {
  let below: Entry = ['100644', 'blob', blob(origin, 'boom\n'), 'f'];
  for (let level = 0; level < 7; level += 1) {
    const [mode, type, sha] = below;
    below = [
      '040000',
      'tree',
      tree(
        origin,
        Array.from({ length: 10 }, (_, at): Entry => [mode, type, sha, `${level}${at}`]),
      ),
      'd',
    ];
  }
  return commitTree(origin, below[2]);
}

/** In history it is next to nothing. */
export function blobBomb(origin: Origin): string {
  const zeros = blob(origin, Buffer.alloc(BOMB_BYTES / 8));
  return commitTree(
    origin,
    tree(
      origin,
      Array.from({ length: 200 }, (_, at): Entry => ['100644', 'blob', zeros, `z${at}`]),
    ),
  );
}

type Entry = readonly [mode: string, type: string, sha: string, name: string];

function tree(origin: Origin, entries: readonly Entry[]): string {
  const input = entries.map(([mode, type, sha, name]) => `${mode} ${type} ${sha}\t${name}\0`).join('');
  return plumbing(origin, ['mktree', '-z'], input);
}

function blob(origin: Origin, content: string | Buffer): string {
  return plumbing(origin, ['hash-object', '-w', '--stdin'], content);
}

function plumbing(origin: Origin, args: readonly string[], input: string | Buffer): string {
  return execFileSync('git', args, { cwd: origin.clone, input }).toString().trim();
}

function commitTree(origin: Origin, treeSha: string): string {
  const sha = origin.git(['commit-tree', treeSha, '-p', 'HEAD', '-m', 'hostile']);
  origin.git(['push', '-q', '-f', origin.bare, `${sha}:refs/heads/hostile`]);
  return sha;
}
