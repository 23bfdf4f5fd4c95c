/** Reads what decisions need from GitHub, with a token that can only read the one repository. What it answers is hostile text. */
import type { Octokit } from '@octokit/rest';
import { UserError } from '../../core/errors.ts';
import type { GitHubReader, ReviewCommentReading } from '../../core/github-ports.ts';
import { type BotIdentity, isOurs } from '../../core/marker.ts';
import { allows } from '../../core/permissions.ts';
import type { Log } from '../../core/ports.ts';
import type { Repository } from '../../core/records.ts';
import type { IssueSnapshot, PullRequestSnapshot, Standing } from '../../core/request-records.ts';
import {
  commentAnswer,
  issueAnswer,
  parseAnswer,
  pullRequestAnswer,
  refAnswer,
  reviewCommentAnswer,
  standingAnswer,
} from './answers.ts';
import type { GitHubClients } from './clients.ts';
import { createEtagCache } from './etag-cache.ts';
import { listThreads } from './list-threads.ts';
import { nameOf } from './name-of.ts';
import { readChecks } from './read-checks.ts';
import { readFile } from './read-file.ts';
import { readJobLog } from './read-job-log.ts';
import { readLinkedIssues } from './read-linked-issues.ts';
import { askedOnce, readPermission } from './read-permission.ts';
import { readChangedPaths, readPullState } from './read-pull-state.ts';
import { ownThreads, shownIn } from './review-threads.ts';
import type { Permissions } from './tokens.ts';
import { nullOn404, nullWhenGone } from './when-gone.ts';
import { type CommentReading, writersComments } from './writers-comments.ts';

const READING: Permissions = { contents: 'read', issues: 'read', metadata: 'read', pull_requests: 'read' };

/** Asked for only where checks are read: an App that was not granted them reads everything else all the same. */
const READING_CHECKS: Permissions = {
  actions: 'read',
  checks: 'read',
  contents: 'read',
  metadata: 'read',
  statuses: 'read',
};

export function createReader(clients: GitHubClients, log: Log): GitHubReader {
  const files = createEtagCache();

  const open = (repository: Repository) => clients.forRepository(repository, READING);
  const permission = (repository: Repository, login: string) =>
    readPermission(() => open(repository), repository, login);
  const permissionsIn = (repository: Repository) => askedOnce((login) => permission(repository, login));

  const reading = async (permission: CommentReading['permission']): Promise<CommentReading> => ({
    permission,
    bot: await clients.botIdentity(),
    log,
  });

  return {
    permission,
    async file(repository, path) {
      return readFile(await open(repository), repository, path, files);
    },
    async branchHead(repository, branch) {
      const github = await open(repository);
      const at = { ...nameOf(repository), ref: `heads/${branch}` };
      const answer = await found(github.rest.git.getRef(at), `The branch \`${branch}\``, repository);
      return parseAnswer(refAnswer, answer.data, 'a branch').object.sha;
    },
    async issue(repository, number) {
      const github = await open(repository);
      const at = { ...nameOf(repository), issue_number: number };
      const answer = await found(github.rest.issues.get(at), `Issue #${number}`, repository);
      return discussion(github, repository, answer.data, await reading(permissionsIn(repository)));
    },
    async standing(repository, number) {
      return readStanding(await open(repository), repository, number);
    },
    async pullRequest(repository, number, askedAt) {
      const github = await open(repository);
      const at = { ...nameOf(repository), pull_number: number };
      const answer = await found(github.rest.pulls.get(at), `Pull request #${number}`, repository);
      const permission = permissionsIn(repository);
      const snapshot = await discussion(github, repository, answer.data, await reading(permission));
      const of = { body: snapshot.body, permission, askedAt };
      const { linkedIssues, leftOut } = await readLinkedIssues(github, repository, of);
      const read = { ...snapshot, ...branchesOf(answer.data), linkedIssues };
      if (leftOut.length === 0) return read;
      log.info({ ...at, issues: leftOut }, 'linked issues that strangers changed since are left out');
      return { ...read, issuesLeftOut: leftOut };
    },
    async threads(repository, number) {
      const github = await open(repository);
      const by = await reading(permissionsIn(repository));
      const listed = await listThreads(github, { ...nameOf(repository), number }, by);
      if (listed === null) throw missing(`Pull request #${number}`, repository);
      return ownThreads(listed.threads, by);
    },
    async shownFindings(repository, number) {
      const github = await open(repository);
      const by = { bot: await clients.botIdentity(), log };
      const listed = await listThreads(github, { ...nameOf(repository), number }, by);
      if (listed === null) throw missing(`Pull request #${number}`, repository);
      return listed.complete ? shownIn(listed.threads) : null;
    },
    async pullState(repository, number) {
      return readPullState(await open(repository), { ...nameOf(repository), pull_number: number });
    },
    async changedPaths(repository, number) {
      return readChangedPaths(await open(repository), { ...nameOf(repository), pull_number: number });
    },
    async checksOf(repository, headSha) {
      const github = await clients.forRepository(repository, READING_CHECKS);
      const { appId } = await clients.botIdentity();
      return readChecks(github, nameOf(repository), headSha, appId);
    },
    async jobLog(repository, jobId) {
      const github = await clients.forRepository(repository, READING_CHECKS);
      return readJobLog(github, nameOf(repository), jobId);
    },
    async comment(repository, commentId) {
      return readComment(await open(repository), repository, commentId);
    },
    async reviewComment(repository, commentId) {
      return readReviewComment(await open(repository), repository, commentId, await clients.botIdentity());
    },
  };
}

/** The part of a snapshot that issues and pull requests share. */
async function discussion(
  github: Octokit,
  repository: Repository,
  data: unknown,
  reading: CommentReading,
): Promise<IssueSnapshot> {
  const { number, title, body, user } = parseAnswer(issueAnswer, data, 'an issue');
  const at = { ...nameOf(repository), issue_number: number };
  const comments = await writersComments(github, at, reading);
  const author = user?.login ?? 'ghost';
  const authorIsWriter = user?.type === 'User' && allows(await reading.permission(author), 'write');
  return { number, title, body: body ?? '', author, authorIsWriter, comments };
}

async function readStanding(
  github: Octokit,
  repository: Repository,
  issue_number: number,
): Promise<Standing | null> {
  const answer = await nullWhenGone(github.rest.issues.get({ ...nameOf(repository), issue_number }));
  if (answer === null) return null;
  const { state, labels, updated_at } = parseAnswer(standingAnswer, answer.data, 'an issue');
  return { open: state === 'open', labels: labels.map(({ name }) => name), updatedAt: updated_at };
}

async function readComment(github: Octokit, repository: Repository, comment_id: number) {
  const answer = await nullOn404(github.rest.issues.getComment({ ...nameOf(repository), comment_id }));
  if (answer === null) return null;
  const { body, user } = parseAnswer(commentAnswer, answer.data, 'a comment');
  return { body: body ?? '', author: user?.login ?? 'ghost' };
}

async function readReviewComment(
  github: Octokit,
  repository: Repository,
  comment_id: number,
  bot: BotIdentity,
): Promise<ReviewCommentReading | null> {
  const answer = await nullOn404(github.rest.pulls.getReviewComment({ ...nameOf(repository), comment_id }));
  if (answer === null) return null;
  const { body, user, in_reply_to_id } = parseAnswer(reviewCommentAnswer, answer.data, 'a review comment');
  const ours = isOurs({ login: null, type: null, ...user, appId: null }, bot);
  return { body, author: user?.login ?? 'ghost', ours, inReplyTo: in_reply_to_id ?? null };
}

function branchesOf(
  data: unknown,
): Pick<PullRequestSnapshot, 'headSha' | 'headRef' | 'baseSha' | 'baseRef' | 'fromFork' | 'draft'> {
  const { head, base, draft } = parseAnswer(pullRequestAnswer, data, 'a pull request');
  return {
    headSha: head.sha,
    headRef: head.ref,
    baseSha: base.sha,
    baseRef: base.ref,
    // The head's repository is null when it was deleted: then nothing shows that it was this one.
    fromFork: head.repo?.id !== base.repo.id,
    draft: draft ?? false,
  };
}

async function found<T>(request: Promise<T>, what: string, repository: Repository): Promise<T> {
  const answer = await nullOn404(request);
  if (answer === null) throw missing(what, repository);
  return answer;
}

function missing(what: string, repository: Repository): UserError {
  return new UserError(`${what} does not exist in ${fullName(repository)}.`);
}

function fullName(repository: Repository): string {
  return `${repository.owner}/${repository.name}`;
}
