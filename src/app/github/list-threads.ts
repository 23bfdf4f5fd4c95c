/** The review threads of a pull request as GitHub's GraphQL has them: REST does not know which are resolved. What they say is hostile text. */
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { BotIdentity } from '../../core/marker.ts';
import type { Log } from '../../core/ports.ts';
import { parseAnswer } from './answers.ts';
import { GitHubRefusal } from './refusal.ts';

const THREADS_PER_PAGE = 50;
const PAGES_MAX = 20;
const COMMENTS_MAX = 100;
const REACTIONS_MAX = 50;

/** Some 2 of the 5,000 points that GitHub gives an hour: aliases, so that reactions are asked of first comments only. */
const QUERY = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      isCrossRepository
      reviewThreads(first: ${THREADS_PER_PAGE}, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved isOutdated resolvedBy { login }
          comments(first: ${COMMENTS_MAX}) {
            totalCount
            nodes { fullDatabaseId url body createdAt author { __typename login } }
          }
          first: comments(first: 1) {
            nodes {
              liked: reactions(content: THUMBS_UP, first: ${REACTIONS_MAX}) { nodes { user { login } } }
              disliked: reactions(content: THUMBS_DOWN, first: ${REACTIONS_MAX}) { nodes { user { login } } }
            }
          }
        }
      }
    }
  }
}`;

const userSchema = z.object({ login: z.string() }).nullish();
const reactionsSchema = z.object({ nodes: z.array(z.object({ user: userSchema }).nullable()) });
const commentSchema = z.object({
  /** A 64-bit number, as text: ids of review comments have outgrown `databaseId`. */
  fullDatabaseId: z.coerce.number().int().positive(),
  url: z.string(),
  body: z.string(),
  createdAt: z.string(),
  /** Null for a deleted account. */
  author: z.object({ __typename: z.string(), login: z.string() }).nullish(),
});
const threadSchema = z.object({
  id: z.string(),
  isResolved: z.boolean(),
  isOutdated: z.boolean(),
  resolvedBy: userSchema,
  comments: z.object({ totalCount: z.number(), nodes: z.array(commentSchema) }),
  first: z.object({
    nodes: z.array(z.object({ liked: reactionsSchema, disliked: reactionsSchema })),
  }),
});
const pullSchema = z.object({
  isCrossRepository: z.boolean(),
  reviewThreads: z.object({
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
    nodes: z.array(threadSchema),
  }),
});
const threadsAnswer = z.object({ repository: z.object({ pullRequest: pullSchema }) });

export interface ListedThread {
  readonly id: string;
  readonly resolved: boolean;
  readonly outdated: boolean;
  /** A person's or an App's, which has no `[bot]` here. */
  readonly resolvedBy: string | null;
  /** Oldest first; at most 100. */
  readonly comments: readonly ListedComment[];
  /** Whether a person wrote in it, or may have beyond the comments that were read. */
  readonly humanReplied: boolean;
  /** Logins, as for `resolvedBy`. */
  readonly likedBy: readonly string[];
  readonly dislikedBy: readonly string[];
}

export interface ListedComment {
  readonly id: number;
  readonly url: string;
  readonly body: string;
  readonly createdAt: string;
  /** REST's login for ours, else GraphQL's. */
  readonly author: string;
  readonly by: 'us' | 'person' | 'bot';
}

interface ListedThreads {
  /** Oldest first. */
  readonly threads: readonly ListedThread[];
  /** Whether the pull request comes from a fork. */
  readonly fromFork: boolean;
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Null when there is no such pull request. Reads 1,000 threads at most, and says so in the log. */
export async function listThreads(
  github: Octokit,
  of: { readonly owner: string; readonly repo: string; readonly number: number },
  reading: { readonly bot: BotIdentity; readonly log: Log },
): Promise<ListedThreads | null> {
  const threads: ListedThread[] = [];
  let fromFork = false;
  let after: string | null = null;
  for (let page = 1; page <= PAGES_MAX; page++) {
    const pull = await readPage(github, of, after);
    if (pull === null) return null;
    threads.push(...pull.reviewThreads.nodes.map((node) => threadOf(node, reading.bot)));
    fromFork = pull.isCrossRepository;
    const { hasNextPage, endCursor } = pull.reviewThreads.pageInfo;
    if (!hasNextPage) return { threads, fromFork, complete: true };
    after = endCursor ?? null;
  }
  reading.log.warn({ ...of, threads: threads.length }, 'review threads were read up to their limit');
  return { threads, fromFork, complete: false };
}

async function readPage(
  github: Octokit,
  { owner, repo, number }: { readonly owner: string; readonly repo: string; readonly number: number },
  after: string | null,
): Promise<z.output<typeof pullSchema> | null> {
  try {
    const data: unknown = await github.graphql(QUERY, { owner, name: repo, number, after });
    return parseAnswer(threadsAnswer, data, 'a list of review threads').repository.pullRequest;
  } catch (error) {
    if (error instanceof GitHubRefusal && error.status === 404) return null;
    throw error;
  }
}

function threadOf(node: z.output<typeof threadSchema>, bot: BotIdentity): ListedThread {
  const comments = node.comments.nodes.map((comment) => commentOf(comment, bot));
  const reactions = node.first.nodes[0];
  return {
    id: node.id,
    resolved: node.isResolved,
    outdated: node.isOutdated,
    resolvedBy: node.resolvedBy?.login ?? null,
    comments,
    humanReplied:
      comments.slice(1).some(({ by }) => by === 'person') || node.comments.totalCount > comments.length,
    likedBy: loginsOf(reactions?.liked),
    dislikedBy: loginsOf(reactions?.disliked),
  };
}

/** GraphQL names an App's bot by its slug, without REST's `[bot]`; a person may have that name, hence the type. */
function commentOf(comment: z.output<typeof commentSchema>, bot: BotIdentity): ListedComment {
  const { author } = comment;
  const isBot = author?.__typename === 'Bot';
  const isOurs = isBot && author.login === bot.slug;
  return {
    id: comment.fullDatabaseId,
    url: comment.url,
    body: comment.body,
    createdAt: comment.createdAt,
    author: isOurs ? bot.login : (author?.login ?? 'ghost'),
    by: isOurs ? 'us' : isBot ? 'bot' : 'person',
  };
}

function loginsOf(reactions: z.output<typeof reactionsSchema> | undefined): readonly string[] {
  return (reactions?.nodes ?? []).flatMap((reaction) => reaction?.user?.login ?? []);
}
