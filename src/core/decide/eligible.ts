/** Which pull requests are reviewed without anybody asking, by the repository's configuration. Pure. */
import type { Actor } from '../event.ts';
import { chooses, owns } from '../path-filter.ts';
import type { RepoConfig } from '../repo-config.ts';
import type { Watch } from '../review/review-records.ts';

/** Why its author's pull requests are not reviewed, in words that follow `Not reviewed: `; null when they are. */
export function whyNotBy(author: Actor, { review, bots }: RepoConfig): string | null {
  if (author.isBot && !bots.includes(author.login)) {
    return `its author ${author.login} is a bot that the configuration does not list`;
  }
  if (review.ignore_authors.includes(author.login)) {
    return `the configuration leaves out pull requests by ${author.login}`;
  }
  return null;
}

/** Why it is not reviewed as it stands; null when it is. */
export function whyNotNow(
  now: { readonly draft: boolean; readonly baseRef: string; readonly labels: readonly string[] },
  { review }: RepoConfig,
): string | null {
  if (now.draft && !review.drafts) return 'it is a draft (review.drafts)';
  if (!chooses(review.base_branches, now.baseRef)) {
    return `the configuration leaves out pull requests into ${now.baseRef}`;
  }
  return whyNotLabelled(now.labels, review.labels);
}

/** Whether a label can make the difference. */
export function isDeciding(label: string, { review }: RepoConfig): boolean {
  return review.labels.some((glob) => owns([glob.replace(/^!/, '')], label));
}

function whyNotLabelled(labels: readonly string[], globs: readonly string[]): string | null {
  const out = globs.flatMap((glob) => (glob.startsWith('!') ? [glob.slice(1)] : []));
  const unwanted = labels.find((label) => owns(out, label));
  if (unwanted !== undefined) return `it has the label ${unwanted}, which the configuration leaves out`;
  const wanted = globs.filter((glob) => !glob.startsWith('!'));
  if (wanted.length === 0 || labels.some((label) => owns(wanted, label))) return null;
  return 'it has none of the labels that reviews are for (review.labels)';
}

/** Whether one more pushed head is one too many. */
export function pausesAt(headSha: string, watch: Watch, { review }: RepoConfig): boolean {
  const heads = new Set([...watch.pushedHeads, headSha]);
  return review.pause_after > 0 && heads.size > review.pause_after;
}

export function whyPaused(why: 'asked' | 'automatic', by: string | null, { review }: RepoConfig): string {
  if (why === 'asked') return `${by ?? 'somebody'} paused the reviews of this pull request`;
  return `reviews of this pull request are paused after ${review.pause_after} pushes without a word by a person in between (review.pause_after)`;
}
