/** The comments of an issue that may steer the crew: by people who can write to the repository, by nobody else and no bot. */
import type { Octokit } from '@octokit/rest';
import type { Permission } from '../../core/github-ports.ts';
import { type BotIdentity, isOurs } from '../../core/marker.ts';
import { allows } from '../../core/permissions.ts';
import type { Log } from '../../core/ports.ts';
import type { IssueSnapshot } from '../../core/request-records.ts';
import { commentsAnswer, parseAnswer } from './answers.ts';

const COMMENTS_MAX = 100;
const PAGES_MAX = 10;
/** People whose permission is looked up; a crowd must not use up the rate limit. */
const AUTHORS_MAX = 50;
const PER_PAGE = 100;

export interface CommentReading {
  /** Asks once for each login. */
  readonly permission: (login: string) => Promise<Permission>;
  readonly bot: BotIdentity;
  readonly log: Log;
}

/** Oldest first, at most 100. */
export async function writersComments(
  github: Octokit,
  at: { readonly owner: string; readonly repo: string; readonly issue_number: number },
  reading: CommentReading,
): Promise<IssueSnapshot['comments']> {
  const authors = new Set<string>();
  const comments: IssueSnapshot['comments'][number][] = [];
  for (let page = 1; page <= PAGES_MAX; page++) {
    const { data } = await github.rest.issues.listComments({ ...at, per_page: PER_PAGE, page });
    const listed = parseAnswer(commentsAnswer, data, 'a list of comments');
    for (const { user, body, created_at, performed_via_github_app: app } of listed) {
      if (user?.type !== 'User' || isOurs({ ...user, appId: app?.id ?? null }, reading.bot)) continue;
      if (authors.size >= AUTHORS_MAX && !authors.has(user.login)) continue;
      authors.add(user.login);
      if (!allows(await reading.permission(user.login), 'write')) continue;
      comments.push({ author: user.login, body: body ?? '', createdAt: created_at });
      if (comments.length === COMMENTS_MAX) return stopped(comments, at, reading.log);
    }
    if (listed.length < PER_PAGE) return comments;
  }
  return stopped(comments, at, reading.log);
}

function stopped<T>(comments: T, at: object, log: Log): T {
  log.warn({ ...at, comments: COMMENTS_MAX, pages: PAGES_MAX }, 'a long discussion was read up to its limit');
  return comments;
}
