/** Issues and pull requests as GitHub lists them, and what happened to one: what a look for lost webhooks goes by. Hostile text. */
import type { Actor } from '../event.ts';
import type { Repository, Task } from '../records.ts';

export interface ListedItem {
  readonly number: number;
  readonly isPull: boolean;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  readonly labels: readonly string[];
  /** Null where GitHub does not tell. */
  readonly author: Actor | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface PullHead {
  readonly headSha: string;
  readonly baseRef: string;
  readonly draft: boolean;
}

/** One entry of an issue's or pull request's events. */
export interface Happening {
  readonly id: number;
  /** As GitHub names it: `labeled`, `closed`, … */
  readonly what: string;
  /** Null where GitHub does not tell, as of deleted accounts. */
  readonly actor: Actor | null;
  readonly label: string | null;
  readonly at: string;
}

/** What is known of one item; what costs a request is left out until it is asked for. */
export interface Known {
  readonly repository: Repository;
  readonly item: ListedItem;
  /** On it, newest first. */
  readonly tasks: readonly Task[];
  readonly roles: readonly string[];
  /** Login of our own App. */
  readonly self: string;
  /** What happened before was looked at before, or happened before the crew was there. */
  readonly since: string;
  readonly head?: PullHead;
  /** Oldest first. */
  readonly history?: readonly Happening[];
}

export type WithHistory = Known & Required<Pick<Known, 'history'>>;

/** A webhook that should have come, if it did not. */
export interface Owed {
  /** The same for every look that finds it. */
  readonly name: string;
  readonly event: 'issues' | 'pull_request';
  readonly action: string;
  readonly sender: Actor | null;
  /** When it happened, where that is known. */
  readonly at: string | null;
  readonly label?: string;
  readonly previousBaseRef?: string;
}

export type Finding =
  | { readonly kind: 'needs'; readonly what: 'head' | 'history' }
  | { readonly kind: 'owed'; readonly owed: readonly Owed[] };

export const NOTHING: Finding = { kind: 'owed', owed: [] };
/** How far our clock and GitHub's may be apart. */
const SKEW_MS = 10_000;

/** The newest of a kind; of a label, the newest about it. */
export function newest(history: readonly Happening[], what: string, label?: string): Happening | undefined {
  return history.findLast((one) => one.what === what && (label === undefined || one.label === label));
}

/** Whether the task was begun when this had happened already. */
export function isSince(task: Task, at: string): boolean {
  return Date.parse(task.createdAt) >= Date.parse(at) - SKEW_MS;
}

export function isLater(at: string, than: string): boolean {
  return Date.parse(at) >= Date.parse(than);
}

/** Whoever set a label must be known: otherwise nobody can say whether that person may. */
export function applied(known: WithHistory, label: string): Owed | null {
  const { item, history, since } = known;
  const found = newest(history, 'labeled', label);
  if (found === undefined || found.actor === null || !isLater(found.at, since)) return null;
  const event = item.isPull ? 'pull_request' : 'issues';
  return { name: `event-${found.id}`, event, action: 'labeled', sender: found.actor, at: found.at, label };
}

export function closed({ item, history }: WithHistory): Owed {
  const found = newest(history, 'closed');
  return {
    name: found === undefined ? `closed-${item.number}-${Date.parse(item.updatedAt)}` : `event-${found.id}`,
    event: item.isPull ? 'pull_request' : 'issues',
    action: 'closed',
    sender: found?.actor ?? null,
    at: found?.at ?? null,
  };
}
