/** Since when an issue says what it says, which GraphQL alone knows: REST's `updated_at` moves with every comment of anybody's. */
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { parseAnswer } from './answers.ts';
import { GitHubRefusal } from './refusal.ts';

/** `lastEditedAt` is of the body alone. The words come with the times, for two answers may be of different moments. */
const QUERY = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      title body createdAt lastEditedAt
      timelineItems(last: 1, itemTypes: [RENAMED_TITLE_EVENT]) { nodes { ... on RenamedTitleEvent { createdAt } } }
    }
  }
}`;

const issueSchema = z.object({
  title: z.string(),
  body: z.string(),
  createdAt: z.string(),
  lastEditedAt: z.string().nullish(),
  timelineItems: z.object({ nodes: z.array(z.object({ createdAt: z.string() })) }),
});
const issueAnswer = z.object({ repository: z.object({ issue: issueSchema }) });

export interface IssueWords {
  readonly title: string;
  readonly body: string;
}

/** Null when it was written, edited or renamed at that time or later, when the time is not known, and when it is gone. */
export async function wordsBefore(
  github: Octokit,
  {
    owner,
    repo,
    issue_number,
  }: { readonly owner: string; readonly repo: string; readonly issue_number: number },
  time: string | null,
): Promise<IssueWords | null> {
  if (time === null) return null;
  const of = { owner, name: repo, number: issue_number };
  try {
    const data: unknown = await github.graphql(QUERY, of);
    const { issue } = parseAnswer(issueAnswer, data, 'an issue').repository;
    const renamed = issue.timelineItems.nodes.map(({ createdAt }) => createdAt);
    const changes = [issue.createdAt, issue.lastEditedAt ?? issue.createdAt, ...renamed];
    const { title, body } = issue;
    return changes.every((change) => isEarlier(change, time)) ? { title, body } : null;
  } catch (error) {
    if (error instanceof GitHubRefusal && error.status === 404) return null;
    throw error;
  }
}

/** GitHub's times are whole seconds: of the same one, the change may be the later. A time that cannot be read is not earlier. */
export function isEarlier(change: string, time: string | null): boolean {
  return time !== null && Date.parse(change) < Date.parse(time);
}
