/** The issues that a pull request says it closes: what it is for, in its author's and others' words, and so hostile text. */
import type { Octokit } from '@octokit/rest';
import type { Permission } from '../../core/github-ports.ts';
import { linkedIssueNumbers } from '../../core/linked-issues.ts';
import { allows } from '../../core/permissions.ts';
import type { Repository } from '../../core/records.ts';
import type { LinkedIssue } from '../../core/request-records.ts';
import { linkedIssueAnswer, parseAnswer } from './answers.ts';
import { nullWhenGone } from './when-gone.ts';

/** In the order in which they are named. What is gone, or is a pull request, is left out. `permission` asks once for each login. */
export async function readLinkedIssues(
  github: Octokit,
  repository: Repository,
  of: { readonly body: string; readonly permission: (login: string) => Promise<Permission> },
): Promise<readonly LinkedIssue[]> {
  const linked: LinkedIssue[] = [];
  for (const number of linkedIssueNumbers(of.body, repository)) {
    const at = { owner: repository.owner, repo: repository.name, issue_number: number };
    const answer = await nullWhenGone(github.rest.issues.get(at));
    if (answer === null) continue;
    const issue = parseAnswer(linkedIssueAnswer, answer.data, 'an issue');
    // An issue that was moved to another repository is answered by a redirect to there, where its number is another.
    if (issue.pull_request || issue.number !== number) continue;
    const author = issue.user?.login ?? 'ghost';
    const authorIsWriter = issue.user?.type === 'User' && allows(await of.permission(author), 'write');
    linked.push({ number, title: issue.title, body: issue.body ?? '', author, authorIsWriter });
  }
  return linked;
}
