/** The issues that a pull request says it closes: what it is for, in its author's and others' words, and so hostile text. */
import type { Octokit } from '@octokit/rest';
import type { Permission } from '../../core/github-ports.ts';
import { linkedIssueNumbers } from '../../core/linked-issues.ts';
import { allows } from '../../core/permissions.ts';
import type { Repository } from '../../core/records.ts';
import type { LinkedIssue } from '../../core/request-records.ts';
import { linkedIssueAnswer, parseAnswer } from './answers.ts';
import { type IssueWords, isEarlier, wordsBefore } from './issue-words.ts';
import { nullWhenGone } from './when-gone.ts';

interface LinkedIssues {
  readonly linkedIssues: readonly LinkedIssue[];
  /** Numbers of those whose words are a stranger's, and of later than `askedAt`. */
  readonly leftOut: readonly number[];
}

/**
 * In the order in which they are named. What is gone, or is a pull request, is left out. `permission` asks once for each login.
 * `askedAt` as for `GitHubReader.pullRequest`.
 */
export async function readLinkedIssues(
  github: Octokit,
  repository: Repository,
  of: {
    readonly body: string;
    readonly permission: (login: string) => Promise<Permission>;
    readonly askedAt: string | null | undefined;
  },
): Promise<LinkedIssues> {
  const linkedIssues: LinkedIssue[] = [];
  const leftOut: number[] = [];
  for (const number of linkedIssueNumbers(of.body, repository)) {
    const at = { owner: repository.owner, repo: repository.name, issue_number: number };
    const answer = await nullWhenGone(github.rest.issues.get(at));
    if (answer === null) continue;
    const issue = parseAnswer(linkedIssueAnswer, answer.data, 'an issue');
    // An issue that was moved to another repository is answered by a redirect to there, where its number is another.
    if (issue.pull_request || issue.number !== number) continue;
    const author = issue.user?.login ?? 'ghost';
    const authorIsWriter = issue.user?.type === 'User' && allows(await of.permission(author), 'write');
    const now = { title: issue.title, body: issue.body ?? '' };
    const isToBeAsked =
      !authorIsWriter && of.askedAt !== undefined && !isEarlier(issue.updated_at, of.askedAt);
    const words: IssueWords | null = isToBeAsked ? await wordsBefore(github, at, of.askedAt) : now;
    if (words === null) leftOut.push(number);
    else linkedIssues.push({ number, ...words, author, authorIsWriter });
  }
  return { linkedIssues, leftOut };
}
