// Everything that stands in a repository, as plain data for tests and for the demo's summary.

import type {
  CommentDoc,
  DeliveryDoc,
  EventDoc,
  IssueDoc,
  LabelDoc,
  ReactionDoc,
  RepoDoc,
  ReviewCommentDoc,
  ReviewDoc,
} from './records.ts';
import type { CheckRunDoc, StatusDoc, WorkflowRunDoc } from './records-ci.ts';
import { findRepo, type World } from './world.ts';

/** Labels come as names; `number` on what hangs on an issue is that issue's. */
type WithNumber<T> = T & { readonly number: number };

export interface RepoSnapshot {
  readonly repo: RepoDoc;
  readonly issues: readonly (Omit<IssueDoc, 'labels'> & { readonly labels: readonly string[] })[];
  readonly pulls: readonly (Omit<IssueDoc, 'labels'> & { readonly labels: readonly string[] })[];
  readonly comments: readonly WithNumber<CommentDoc>[];
  readonly reviews: readonly WithNumber<ReviewDoc>[];
  readonly reviewComments: readonly WithNumber<ReviewCommentDoc>[];
  readonly reactions: readonly ReactionDoc[];
  readonly labels: readonly LabelDoc[];
  readonly checkRuns: readonly CheckRunDoc[];
  readonly statuses: readonly StatusDoc[];
  readonly workflowRuns: readonly WorkflowRunDoc[];
  readonly events: readonly WithNumber<EventDoc>[];
  readonly deliveries: readonly DeliveryDoc[];
  /** Full ref name → sha, as git has them now. */
  readonly refs: Readonly<Record<string, string>>;
}

export async function snapshotOf(world: World, name: string): Promise<RepoSnapshot> {
  const { store } = world;
  const [owner = '', short = ''] = name.split('/');
  const repo = findRepo(store, owner, short);
  if (!repo) throw new Error(`no repository ${name}`);
  const here = (doc: { readonly repo: number | null }): boolean => doc.repo === repo.id;
  const issues = store.list('issue', here).map((issue) => ({
    ...issue,
    labels: issue.labels.flatMap((id) => store.get('label', id)?.name ?? []),
  }));
  const numbers = new Map(issues.map((issue) => [issue.id, issue.number]));
  const numbered = <T extends { readonly issue: number }>(docs: readonly T[]): WithNumber<T>[] =>
    docs.map((doc) => ({ ...doc, number: numbers.get(doc.issue) ?? 0 }));
  return {
    repo,
    issues: issues.filter((issue) => issue.pull === null),
    pulls: issues.filter((issue) => issue.pull !== null),
    comments: numbered(store.list('comment', here)),
    reviews: numbered(store.list('review', here)),
    reviewComments: numbered(store.list('reviewComment', here)),
    reactions: store.list('reaction', here),
    labels: store.list('label', here),
    checkRuns: store.list('checkRun', here),
    statuses: store.list('status', here),
    workflowRuns: store.list('workflowRun', here),
    events: numbered(store.list('event', here)),
    deliveries: store.list('delivery', here),
    refs: await world.git.refs(world.git.dirOf(repo)),
  };
}

/** Those whose body says that they close the issue. */
export function pullsClosing({ pulls }: RepoSnapshot, issue: number): RepoSnapshot['pulls'] {
  const closing = new RegExp(`\\bCloses #${issue}\\b`);
  return pulls.filter(({ body }) => closing.test(body ?? ''));
}
