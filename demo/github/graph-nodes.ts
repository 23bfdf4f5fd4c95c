// Pull requests, threads and comments as GraphQL's resolvers want them, and who may see or change them.
import { type Auth, tokenRepos } from './auth.ts';
import { resolves, threadComments } from './deeds/review-comments.ts';
import { atLeast, roleOf, satisfies } from './permissions.ts';
import type {
  EventDoc,
  IssueDoc,
  ReactionContent,
  ReactionDoc,
  RepoDoc,
  ReviewCommentDoc,
} from './records.ts';
import { renderUser } from './render/accounts.ts';
import { issueHtmlUrl } from './render/issues.ts';
import { headRepoId, isPublished, type PullIssue } from './render/pulls.ts';
import type { View } from './state.ts';
import { type Deed, nodeId, repoOf, userOf, type World } from './world.ts';

type GraphErrorType =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNPROCESSABLE'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION';

/** GitHub's GraphQL errors carry a type beside their message; the status stays 200. */
export class GraphError extends Error {
  readonly extensions: { readonly type: string };

  constructor(type: GraphErrorType, message: string) {
    super(message);
    this.extensions = { type };
  }
}

export const unresolved = (id: string): GraphError =>
  new GraphError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);

export interface GraphCtx {
  readonly world: World;
  readonly view: View;
  readonly auth: Auth;
  readonly deed: Deed;
}

export function admitted(ctx: GraphCtx, repo: RepoDoc, level: 'read' | 'write'): boolean {
  const { auth } = ctx;
  if (auth.kind === 'installation') {
    const held = tokenRepos(ctx.view, auth).some((one) => one.id === repo.id);
    return held && satisfies(auth.token.permissions, `pull_requests:${level}`);
  }
  if (auth.kind !== 'user') return false;
  const role = roleOf(repo, auth.user.login);
  return level === 'read' ? !repo.private || role !== 'none' : atLeast(role, 'triage');
}

export function demand(ctx: GraphCtx, repo: RepoDoc, level: 'read' | 'write', id: string): void {
  if (admitted(ctx, repo, level)) return;
  if (level === 'write' && admitted(ctx, repo, 'read')) {
    throw new GraphError('FORBIDDEN', 'Resource not accessible by integration');
  }
  throw unresolved(id);
}

export function actorNode(ctx: GraphCtx, login: string) {
  const user = userOf(ctx.view, login);
  const rendered = renderUser(ctx.world, user);
  return {
    __typename: user.type === 'Bot' ? 'Bot' : 'User',
    id: rendered.node_id,
    // GraphQL names bots without the suffix that REST adds.
    login: login.replace(/\[bot\]$/, ''),
    url: rendered.html_url,
    avatarUrl: rendered.avatar_url,
    databaseId: user.id,
  };
}

/**
 * Seen by many: an installation's token needs `contents: write` beside `pull_requests: write` to resolve a thread
 * (github.com/orgs/community/discussions/44650). A person needs write access, or to have opened the pull request.
 */
export function mayResolve(ctx: GraphCtx, repo: RepoDoc, issue: PullIssue): boolean {
  const { auth } = ctx;
  if (auth.kind === 'installation') {
    return admitted(ctx, repo, 'write') && satisfies(auth.token.permissions, 'contents:write');
  }
  return auth.kind === 'user' && resolves(repo, issue, auth.user.login);
}

interface PageArgs {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
}

const pageLimit = 100;

/** Cursors are the ids of the items. GitHub wants a size, of at most 100 (docs.github.com, Rate limits for the GraphQL API). */
function connection<T>(docs: readonly { readonly id: number }[], nodes: readonly T[], args: PageArgs) {
  const after = args.after === undefined ? 0 : docs.findIndex((doc) => String(doc.id) === args.after) + 1;
  const size = args.first ?? args.last;
  if (size === undefined) {
    throw new GraphError('MISSING_PAGINATION_BOUNDARIES', 'You must provide a `first` or `last` value');
  }
  if (size > pageLimit) {
    throw new GraphError(
      'EXCESSIVE_PAGINATION',
      `Requesting ${size} records exceeds the limit of ${pageLimit}`,
    );
  }
  const start = args.last !== undefined && args.first === undefined ? Math.max(0, docs.length - size) : after;
  const end = Math.min(docs.length, start + size);
  return {
    nodes: nodes.slice(start, end),
    totalCount: docs.length,
    pageInfo: {
      hasNextPage: end < docs.length,
      hasPreviousPage: start > 0,
      startCursor: docs[start] ? String(docs[start]?.id) : null,
      endCursor: docs[end - 1] ? String(docs[end - 1]?.id) : null,
    },
  };
}

/** Of its timeline only when its title was changed, whatever is asked for. */
export function issueNode(ctx: GraphCtx, issue: IssueDoc) {
  const repo = repoOf(ctx.view, issue.repo);
  return {
    id: nodeId('I', issue.repo, issue.id),
    databaseId: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    url: issueHtmlUrl(ctx.world, repo, issue),
    author: () => actorNode(ctx, issue.user),
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    lastEditedAt: issue.lastEditedAt ?? null,
    timelineItems: (args: PageArgs) => {
      const docs = ctx.view.list('event', (one) => one.issue === issue.id && one.event === 'renamed');
      return connection(docs, docs.map(renamedNode), args);
    },
  };
}

function renamedNode({ repo, id, createdAt, rename }: EventDoc) {
  const titles = { previousTitle: rename?.from ?? '', currentTitle: rename?.to ?? '' };
  return { __typename: 'RenamedTitleEvent', id: nodeId('EV', repo, id), createdAt, ...titles };
}

export function pullNode(ctx: GraphCtx, issue: PullIssue) {
  const repo = repoOf(ctx.view, issue.repo);
  return {
    id: nodeId('PR', issue.repo, issue.id),
    databaseId: issue.pull.id,
    number: issue.number,
    title: issue.title,
    url: issueHtmlUrl(ctx.world, repo, issue),
    isDraft: issue.pull.draft,
    isCrossRepository: headRepoId(issue) !== issue.repo,
    state: issue.pull.mergedAt === null ? issue.state.toUpperCase() : 'MERGED',
    headRefOid: issue.pull.head.sha,
    baseRefOid: issue.pull.base.sha,
    headRefName: issue.pull.head.ref,
    baseRefName: issue.pull.base.ref,
    author: () => actorNode(ctx, issue.user),
    reviewThreads: (args: PageArgs) => {
      const firsts = ctx.view.list(
        'reviewComment',
        (one) => one.issue === issue.id && one.thread === one.id && isPublished(ctx.view, one.review),
      );
      return connection(
        firsts,
        firsts.map((first) => threadNode(ctx, issue, first)),
        args,
      );
    },
  };
}

export function threadNode(ctx: GraphCtx, issue: PullIssue, first: ReviewCommentDoc): object {
  return {
    id: nodeId('PRRT', first.repo, first.id),
    isResolved: first.resolvedBy !== null,
    isOutdated: first.subjectType === 'line' && first.line === null,
    path: first.path,
    line: first.line,
    startLine: first.startLine,
    originalLine: first.originalLine,
    diffSide: first.side,
    // GitHub's type here is User, also for an App's bot.
    resolvedBy: () =>
      first.resolvedBy === null ? null : { ...actorNode(ctx, first.resolvedBy), __typename: 'User' },
    viewerCanResolve: () => mayResolve(ctx, repoOf(ctx.view, first.repo), issue),
    pullRequest: () => pullNode(ctx, issue),
    comments: (args: PageArgs) => {
      const docs = threadComments(ctx.view, first.id);
      return connection(
        docs,
        docs.map((one) => reviewCommentNode(ctx, issue, one)),
        args,
      );
    },
  };
}

export function reviewCommentNode(ctx: GraphCtx, issue: PullIssue, comment: ReviewCommentDoc): object {
  const repo = repoOf(ctx.view, comment.repo);
  return {
    id: nodeId('PRRC', comment.repo, comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    author: () => actorNode(ctx, comment.user),
    path: comment.path,
    line: comment.line,
    originalLine: comment.originalLine,
    outdated: comment.subjectType === 'line' && comment.line === null,
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    url: `${issueHtmlUrl(ctx.world, repo, issue)}#discussion_r${comment.id}`,
    isMinimized: comment.minimized !== null,
    minimizedReason: comment.minimized,
    reactions: (args: PageArgs & { readonly content?: keyof typeof contents }) => {
      const docs = ctx.view.list(
        'reaction',
        (one) =>
          one.subjectKind === 'reviewComment' &&
          one.subject === comment.id &&
          (args.content === undefined || one.content === contents[args.content]),
      );
      return connection(
        docs,
        docs.map((one) => reactionNode(ctx, one)),
        args,
      );
    },
    replyTo: () => {
      const first = comment.thread === comment.id ? undefined : ctx.view.get('reviewComment', comment.thread);
      return first ? reviewCommentNode(ctx, issue, first) : null;
    },
  };
}

const contents = {
  THUMBS_UP: '+1',
  THUMBS_DOWN: '-1',
  LAUGH: 'laugh',
  CONFUSED: 'confused',
  HEART: 'heart',
  HOORAY: 'hooray',
  ROCKET: 'rocket',
  EYES: 'eyes',
} as const satisfies Readonly<Record<string, ReactionContent>>;

function reactionNode(ctx: GraphCtx, reaction: ReactionDoc): object {
  const name = Object.entries(contents).find(([, content]) => content === reaction.content);
  return {
    id: nodeId('REA', reaction.repo, reaction.id),
    databaseId: reaction.id,
    content: name?.[0],
    createdAt: reaction.createdAt,
    user: () => ({ ...actorNode(ctx, reaction.user), __typename: 'User' }),
  };
}
