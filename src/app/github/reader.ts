/** Reads what decisions need from GitHub, with a token that can only read the one repository. What it answers is hostile text. */
import { UserError } from '../../core/errors.ts';
import { isOurs } from '../../core/marker.ts';
import { allows } from '../../core/permissions.ts';
import type { GitHubReader, Log, Permission } from '../../core/ports.ts';
import type { PullRequestSnapshot, Repository } from '../../core/records.ts';
import {
  commentAnswer,
  issueAnswer,
  parseAnswer,
  permissionAnswer,
  pullRequestAnswer,
  refAnswer,
  reviewCommentAnswer,
  standingAnswer,
} from './answers.ts';
import type { GitHubClients } from './clients.ts';
import { createEtagCache, type EtagCache } from './etag-cache.ts';
import { FILE_MAX_BYTES, FileTooLargeError } from './file-too-large.ts';
import { listThreads } from './list-threads.ts';
import { readLinkedIssues } from './read-linked-issues.ts';
import { AnswerTooLargeError, isRefusal } from './refusal.ts';
import { ownThreads } from './review-threads.ts';
import type { Permissions } from './tokens.ts';
import { nullOn404, nullWhenGone } from './when-gone.ts';
import { writersComments } from './writers-comments.ts';

const READING: Permissions = { contents: 'read', issues: 'read', metadata: 'read', pull_requests: 'read' };
const CAUSES_MAX = 8;
const PERMISSIONS: readonly Permission[] = ['admin', 'maintain', 'write', 'triage', 'read', 'none'];
/** A login that is more than one step of a path would ask for something else. */
const LOGIN = /^[\w.-]{1,100}(?:\[bot\])?$/;

type AskPermission = (login: string) => Promise<Permission>;
type Client = Awaited<ReturnType<GitHubClients['forRepository']>>;

export function createReader(clients: GitHubClients, log: Log): GitHubReader {
  const files = createEtagCache();

  async function permission(repository: Repository, login: string): Promise<Permission> {
    if (!LOGIN.test(login)) return 'none';
    const github = await clients.forRepository(repository, READING);
    const at = { ...nameOf(repository), username: login };
    return permissionOf(await nullOn404(github.rest.repos.getCollaboratorPermissionLevel(at)));
  }

  const permissionsIn = (repository: Repository) => askedOnce((login) => permission(repository, login));

  /** The part of a snapshot that issues and pull requests share. */
  async function discussion(
    repository: Repository,
    github: Client,
    data: unknown,
    permissionOnce: AskPermission,
  ) {
    const issue = parseAnswer(issueAnswer, data, 'an issue');
    const at = { ...nameOf(repository), issue_number: issue.number };
    const comments = await writersComments(github, at, {
      permission: permissionOnce,
      bot: await clients.botIdentity(),
      log,
    });
    const author = issue.user?.login ?? 'ghost';
    const authorIsWriter = issue.user?.type === 'User' && allows(await permissionOnce(author), 'write');
    return {
      number: issue.number,
      title: issue.title,
      body: issue.body ?? '',
      author,
      authorIsWriter,
      comments,
    };
  }

  return {
    permission,
    async file(repository, path) {
      return readFile(await clients.forRepository(repository, READING), repository, path, files);
    },
    async branchHead(repository, branch) {
      const github = await clients.forRepository(repository, READING);
      const at = { ...nameOf(repository), ref: `heads/${branch}` };
      const answer = await found(github.rest.git.getRef(at), `The branch \`${branch}\``, repository);
      return parseAnswer(refAnswer, answer.data, 'a branch').object.sha;
    },
    async issue(repository, number) {
      const github = await clients.forRepository(repository, READING);
      const at = { ...nameOf(repository), issue_number: number };
      const answer = await found(github.rest.issues.get(at), `Issue #${number}`, repository);
      return discussion(repository, github, answer.data, permissionsIn(repository));
    },
    async standing(repository, number) {
      const github = await clients.forRepository(repository, READING);
      const at = { ...nameOf(repository), issue_number: number };
      const answer = await nullWhenGone(github.rest.issues.get(at));
      if (answer === null) return null;
      const { state, labels, updated_at } = parseAnswer(standingAnswer, answer.data, 'an issue');
      return { open: state === 'open', labels: labels.map(({ name }) => name), updatedAt: updated_at };
    },
    async pullRequest(repository, number) {
      const github = await clients.forRepository(repository, READING);
      const at = { ...nameOf(repository), pull_number: number };
      const answer = await found(github.rest.pulls.get(at), `Pull request #${number}`, repository);
      const permission = permissionsIn(repository);
      const snapshot = await discussion(repository, github, answer.data, permission);
      const linkedIssues = await readLinkedIssues(github, repository, { body: snapshot.body, permission });
      return { ...snapshot, ...branchesOf(answer.data), linkedIssues };
    },
    async threads(repository, number) {
      const github = await clients.forRepository(repository, READING);
      const bot = await clients.botIdentity();
      const listed = await listThreads(github, { ...nameOf(repository), number }, { bot, log });
      if (listed === null) throw missing(`Pull request #${number}`, repository);
      return ownThreads(listed.threads, { permission: permissionsIn(repository), bot, log });
    },
    async comment(repository, commentId) {
      const github = await clients.forRepository(repository, READING);
      const at = { ...nameOf(repository), comment_id: commentId };
      const answer = await nullOn404(github.rest.issues.getComment(at));
      if (answer === null) return null;
      const comment = parseAnswer(commentAnswer, answer.data, 'a comment');
      return { body: comment.body ?? '', author: comment.user?.login ?? 'ghost' };
    },
    async reviewComment(repository, commentId) {
      const github = await clients.forRepository(repository, READING);
      const at = { ...nameOf(repository), comment_id: commentId };
      const answer = await nullOn404(github.rest.pulls.getReviewComment(at));
      if (answer === null) return null;
      const comment = parseAnswer(reviewCommentAnswer, answer.data, 'a review comment');
      const author = { login: null, type: null, ...comment.user, appId: null };
      return {
        body: comment.body,
        author: comment.user?.login ?? 'ghost',
        ours: isOurs(author, await clients.botIdentity()),
        inReplyTo: comment.in_reply_to_id ?? null,
      };
    },
  };
}

async function readFile(
  github: Client,
  repository: Repository,
  path: string,
  cache: EtagCache,
): Promise<string | null> {
  const key = `${repository.id}/${path}`;
  const kept = cache.get(key);
  const headers = kept === null ? {} : { 'if-none-match': kept.etag };
  try {
    const mediaType = { format: 'raw' };
    const answer = await nullOn404(
      github.rest.repos.getContent({ ...nameOf(repository), path, mediaType, headers }),
    );
    const text = answer === null ? null : textOf(answer.data, path);
    if (text !== null && answer?.headers.etag !== undefined)
      cache.set(key, { etag: answer.headers.etag, text });
    return text;
  } catch (error) {
    if (kept !== null && isRefusal(error, 304)) return kept.text;
    if (isAnswerTooLarge(error)) throw new FileTooLargeError(path, null, { cause: error });
    throw error;
  }
}

/** Null for a directory, which comes as a list. The client decodes what is declared UTF-8 and leaves bytes otherwise. */
function textOf(data: unknown, path: string): string | null {
  const bytes =
    typeof data === 'string' ? Buffer.from(data) : data instanceof ArrayBuffer ? Buffer.from(data) : null;
  if (bytes === null) return null;
  if (bytes.length > FILE_MAX_BYTES) throw new FileTooLargeError(path, bytes.length);
  return bytes.toString('utf8');
}

/** The client wraps what its fetch throws. */
function isAnswerTooLarge(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < CAUSES_MAX; depth += 1) {
    if (cause instanceof AnswerTooLargeError) return true;
    cause = cause.cause;
  }
  return false;
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

/** Asks once for each login, and gives the same answer afterwards. */
function askedOnce(ask: AskPermission): AskPermission {
  const known = new Map<string, Promise<Permission>>();
  return (login) => {
    const asked = known.get(login) ?? ask(login);
    known.set(login, asked);
    return asked;
  };
}

/** `role_name` tells maintain and triage apart, or names a custom role, whose base is then `permission`. */
function permissionOf(answer: { readonly data: unknown } | null): Permission {
  if (answer === null) return 'none';
  const { role_name, permission } = parseAnswer(permissionAnswer, answer.data, 'a permission');
  return (
    PERMISSIONS.find((level) => level === role_name) ??
    PERMISSIONS.find((level) => level === permission) ??
    'none'
  );
}

async function found<T>(request: Promise<T>, what: string, repository: Repository): Promise<T> {
  const answer = await nullOn404(request);
  if (answer === null) throw missing(what, repository);
  return answer;
}

function missing(what: string, repository: Repository): UserError {
  return new UserError(`${what} does not exist in ${fullName(repository)}.`);
}

function nameOf(repository: Repository): { owner: string; repo: string } {
  return { owner: repository.owner, repo: repository.name };
}

function fullName(repository: Repository): string {
  return `${repository.owner}/${repository.name}`;
}
