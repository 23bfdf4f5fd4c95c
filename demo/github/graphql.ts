// The part of GitHub's GraphQL that REST lacks: review threads, drafts, minimising comments.
import { graphql } from 'graphql';
import { type Auth, actorOf } from './auth.ts';
import { setDraft } from './deeds/pulls.ts';
import { replyTo, setResolved } from './deeds/review-comments.ts';
import {
  actorNode,
  admitted,
  demand,
  type GraphCtx,
  GraphError,
  issueNode,
  mayResolve,
  pullNode,
  reviewCommentNode,
  threadNode,
  unresolved,
} from './graph-nodes.ts';
import { schema } from './graph-schema.ts';
import { satisfies } from './permissions.ts';
import type { ReviewCommentDoc } from './records.ts';
import { isPull, type PullIssue } from './render/pulls.ts';
import { readOnly, type Tx, type View } from './state.ts';
import { findIssue, findRepo, nodeId, readNodeId, repoOf, type World } from './world.ts';

interface GraphRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown> | undefined;
  readonly operationName?: string | undefined;
}

export const isMutation = (query: string): boolean => /^\s*mutation\b/m.test(query);

/** `lagging`: what a query sees; a mutation sees what it changes. */
export async function answerGraph(
  world: World,
  auth: Auth,
  request: GraphRequest,
  lagging: View | null,
): Promise<GraphAnswer> {
  const run = async (view: View, tx: Tx): Promise<GraphAnswer> => {
    const result = await graphql({
      schema,
      source: request.query,
      rootValue: new Root({
        world,
        view,
        auth,
        // Who asks is known at once, however late the rest.
        deed: {
          world,
          tx,
          actor: actorOf(world, lagging === null ? tx : world.store, auth),
          viaApp: auth.kind === 'installation',
        },
      }),
      variableValues: request.variables ?? {},
      ...(request.operationName ? { operationName: request.operationName } : {}),
    });
    const errors = result.errors?.map((error) => ({
      message: error.message,
      ...(error.extensions.type ? { type: error.extensions.type } : {}),
      path: error.path,
      locations: error.locations,
    }));
    return { ...(result.data === undefined ? {} : { data: result.data }), ...(errors ? { errors } : {}) };
  };
  if (lagging !== null) return run(lagging, readOnly(lagging));
  try {
    const answer = await world.store.write(async (tx) => {
      const result = await run(tx, tx);
      if (result.errors) throw new Undone(result);
      return result;
    });
    world.outbox.kick();
    return answer;
  } catch (error) {
    if (error instanceof Undone) return error.answer;
    throw error;
  }
}

interface GraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly object[];
}

/** graphql turns what a resolver throws into an answer; this turns it back, so that the transaction is not kept. */
class Undone extends Error {
  readonly answer: GraphAnswer;

  constructor(answer: GraphAnswer) {
    super('a mutation failed');
    this.answer = answer;
  }
}

class Root {
  readonly #ctx: GraphCtx;

  constructor(ctx: GraphCtx) {
    this.#ctx = ctx;
  }

  viewer() {
    return actorNode(this.#ctx, this.#ctx.deed.actor.login);
  }

  repository({ owner, name }: { owner: string; name: string }) {
    const repo = findRepo(this.#ctx.view, owner, name);
    if (!repo || !admitted(this.#ctx, repo, 'read')) {
      throw new GraphError(
        'NOT_FOUND',
        `Could not resolve to a Repository with the name '${owner}/${name}'.`,
      );
    }
    return {
      id: nodeId('R', repo.id),
      databaseId: repo.id,
      name: repo.name,
      nameWithOwner: `${repo.owner}/${repo.name}`,
      pullRequest: ({ number }: { number: number }) => {
        const issue = findIssue(this.#ctx.view, repo, number);
        if (!issue || !isPull(issue)) {
          throw new GraphError(
            'NOT_FOUND',
            `Could not resolve to a PullRequest with the number of ${number}.`,
          );
        }
        return pullNode(this.#ctx, issue);
      },
      issue: ({ number }: { number: number }) => {
        const { auth, view } = this.#ctx;
        if (auth.kind === 'installation' && !satisfies(auth.token.permissions, 'issues:read')) {
          throw new GraphError('FORBIDDEN', 'Resource not accessible by integration');
        }
        const issue = findIssue(view, repo, number);
        if (!issue || isPull(issue)) {
          throw new GraphError('NOT_FOUND', `Could not resolve to an Issue with the number of ${number}.`);
        }
        return issueNode(this.#ctx, issue);
      },
    };
  }

  node({ id }: { id: string }) {
    const { kind } = readNodeId(id);
    if (kind === 'PR') return { __typename: 'PullRequest', ...pullNode(this.#ctx, this.#pull(id, 'read')) };
    if (kind === 'PRRT') {
      const { issue, first } = this.#thread(id, 'read');
      return { __typename: 'PullRequestReviewThread', ...threadNode(this.#ctx, issue, first) };
    }
    throw unresolved(id);
  }

  resolveReviewThread({ input }: { input: { threadId: string } }) {
    return this.#setResolved(input.threadId, true);
  }

  unresolveReviewThread({ input }: { input: { threadId: string } }) {
    return this.#setResolved(input.threadId, false);
  }

  async markPullRequestReadyForReview({ input }: { input: { pullRequestId: string } }) {
    const next = await setDraft(this.#ctx.deed, this.#pull(input.pullRequestId, 'write'), false);
    return { pullRequest: pullNode(this.#ctx, next) };
  }

  async convertPullRequestToDraft({ input }: { input: { pullRequestId: string } }) {
    const next = await setDraft(this.#ctx.deed, this.#pull(input.pullRequestId, 'write'), true);
    return { pullRequest: pullNode(this.#ctx, next) };
  }

  minimizeComment({ input }: { input: { subjectId: string; classifier: string } }) {
    return { minimizedComment: this.#minimize(input.subjectId, input.classifier) };
  }

  unminimizeComment({ input }: { input: { subjectId: string } }) {
    return { unminimizedComment: this.#minimize(input.subjectId, null) };
  }

  addPullRequestReviewThreadReply({ input }: { input: { pullRequestReviewThreadId: string; body: string } }) {
    const { issue, first } = this.#thread(input.pullRequestReviewThreadId, 'write');
    const reply = replyTo(this.#ctx.deed, issue, first, input.body);
    return { comment: reviewCommentNode(this.#ctx, issue, reply) };
  }

  #setResolved(id: string, resolved: boolean) {
    const { issue, first } = this.#thread(id, 'read');
    if (!mayResolve(this.#ctx, repoOf(this.#ctx.view, issue.repo), issue)) {
      throw new GraphError('FORBIDDEN', 'Resource not accessible by integration');
    }
    setResolved(this.#ctx.deed, issue, first.id, resolved);
    return { thread: threadNode(this.#ctx, issue, this.#thread(id, 'read').first) };
  }

  #pull(id: string, level: 'read' | 'write'): PullIssue {
    const issue = this.#ctx.view.get('issue', Number(readNodeId(id).ids[1]));
    if (!issue || !isPull(issue)) throw unresolved(id);
    demand(this.#ctx, repoOf(this.#ctx.view, issue.repo), level, id);
    return issue;
  }

  #thread(id: string, level: 'read' | 'write'): { issue: PullIssue; first: ReviewCommentDoc } {
    const first = this.#ctx.view.get('reviewComment', Number(readNodeId(id).ids[1]));
    const issue = first && this.#ctx.view.get('issue', first.issue);
    if (!first || !issue || !isPull(issue)) throw unresolved(id);
    demand(this.#ctx, repoOf(this.#ctx.view, issue.repo), level, id);
    return { issue, first };
  }

  #minimize(id: string, classifier: string | null) {
    const { kind, ids } = readNodeId(id);
    const { view, deed } = this.#ctx;
    const comment = kind === 'IC' ? view.get('comment', Number(ids[1])) : undefined;
    const reviewComment = kind === 'PRRC' ? view.get('reviewComment', Number(ids[1])) : undefined;
    const doc = comment ?? reviewComment;
    if (!doc) throw unresolved(id);
    demand(this.#ctx, repoOf(view, doc.repo), 'write', id);
    const minimized = classifier?.toLowerCase() ?? null;
    if (comment) deed.tx.put('comment', { ...comment, minimized });
    if (reviewComment) deed.tx.put('reviewComment', { ...reviewComment, minimized });
    const typename = comment ? 'IssueComment' : 'PullRequestReviewComment';
    return { __typename: typename, id, isMinimized: minimized !== null, minimizedReason: minimized };
  }
}
