/** Makes a task's branch in the bare repository of ours that the task works on. */
import { pathToFileURL } from 'node:url';
import type { Effect } from '../../core/effect-records.ts';
import { integrationOf } from '../../core/implement/commits.ts';
import type { Store } from '../../core/store-ports.ts';
import type { AsOne, Workspaces } from '../../core/workspace-ports.ts';

/** `.invalid` is reserved, so nobody's address is taken. */
const AUTHOR = { name: 'HyperCode Crew', email: 'crew@hypercode.invalid' };
/** No account of GitHub's stands behind whoever sits at the terminal. */
const CO_AUTHOR = /^Co-authored-by: .*\n/gm;

export async function pushLocally(
  parts: {
    readonly store: Pick<Store, 'tasks'>;
    readonly workspaces: Workspaces;
    readonly signal: AbortSignal;
  },
  { action, repository, taskId }: Effect,
  gitDir: string,
): Promise<string> {
  const records = taskId === null ? null : await parts.store.tasks.records(taskId);
  const integration = records === null ? null : integrationOf(records);
  if (action.kind !== 'push_branch' || integration === null)
    throw new Error('a branch is pushed for a task only');
  const { patches, asOne } = integration;
  const { headSha } = await parts.workspaces.push({
    repository,
    branch: action.branch,
    baseSha: action.baseSha,
    patches: patches.map(withoutCoAuthor),
    asOne: asOne === null ? null : withoutCoAuthor(asOne),
    expectedTree: action.treeSha,
    onto: action.onto,
    force: action.force,
    author: AUTHOR,
    url: pathToFileURL(gitDir).href,
    token: null,
    signal: parts.signal,
  });
  return headSha;
}

function withoutCoAuthor<T extends AsOne>(commit: T): T {
  return { ...commit, message: commit.message.replace(CO_AUTHOR, '') };
}
