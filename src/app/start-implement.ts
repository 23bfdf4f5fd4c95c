/** What commands share that start work on an issue: everything that the task needs is read now and never again. */
import type { Change } from '../core/change.ts';
import { implementTask } from '../core/decide/requests.ts';
import type { CommandContext } from './command.ts';

export async function startImplement(
  context: CommandContext,
  approval: 'required' | 'auto',
  note: string,
): Promise<readonly Change[]> {
  const { repository, subject, reader, requestKey, actor, config, tasks } = context;
  const [issue, baseSha] = await Promise.all([
    reader.issue(repository, subject.number),
    reader.branchHead(repository, repository.defaultBranch),
  ]);
  const asked = { repository, requestKey, requester: actor, config };
  return implementTask(asked, { issue, baseSha, approval, role: null, note }, tasks);
}
