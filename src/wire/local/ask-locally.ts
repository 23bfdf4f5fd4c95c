/** One question about a local clone, to the end of its task. */
import type { Foundation } from '../foundation.ts';
import { checkRole, type LocalWork, localIssue } from './implement-locally.ts';
import { type LocalTaskEnd, runLocalTask } from './local-task.ts';

export interface LocalQuestion extends Pick<LocalWork, 'base' | 'role' | 'signal' | 'onProblem'> {
  readonly question: string;
}

export async function askLocally(
  foundation: Foundation,
  roles: readonly string[],
  asked: LocalQuestion & { readonly id: number },
): Promise<LocalTaskEnd> {
  const { base, id, question, role, signal, onProblem } = asked;
  const { baseBranch: defaultBranch, baseSha, config: local, name } = base;
  checkRole(role, roles);
  const issue = localIssue(`A question about ${name}`, '');
  return runLocalTask(foundation, roles, {
    id,
    name,
    defaultBranch,
    config: local,
    onProblem,
    signal,
    request: (config) => ({
      kind: 'ask',
      subject: { kind: 'issue', number: issue.number },
      requestKey: `ask:${id}`,
      request: { kind: 'ask', question, role, commentId: 0, issue, headSha: baseSha, baseSha, config },
    }),
  });
}
