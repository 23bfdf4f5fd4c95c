// What happens to open pull requests when a branch moves: the head is followed (synchronize), comments keep their line or
// become outdated, and a pull whose commits arrived in its base is merged.
import { reanchor, type Standing } from '../anchoring.ts';
import { diffFiles, mergeBase, pullFiles, type Range } from '../pull-diff.ts';
import type { RepoDoc, ReviewCommentDoc } from '../records.ts';
import { headRepoId, isPull, type PullIssue } from '../render/pulls.ts';
import { type Deed, repoOf, stamp } from '../world.ts';
import { bringCommits } from './forks.ts';
import { emitIssue, note, setState } from './issues.ts';

interface Tips {
  readonly before: string;
  readonly after: string;
}

export async function carryPulls(deed: Deed, repo: RepoDoc, branch: string, tips: Tips): Promise<void> {
  const open = deed.tx.list('issue', (one) => one.state === 'open').filter(isPull);
  const gone = /^0+$/.test(tips.after);
  for (const issue of open) {
    if (headRepoId(issue) === repo.id && issue.pull.head.ref === branch) {
      if (gone) await setState(deed, issue, 'closed', null);
      else await followHead(deed, repo, issue, tips);
    } else if (issue.repo === repo.id && issue.pull.base.ref === branch && !gone)
      await followBase(deed, repo, issue, tips.after);
  }
}

async function followHead(deed: Deed, from: RepoDoc, issue: PullIssue, tips: Tips): Promise<void> {
  const { tx, world } = deed;
  const repo = repoOf(tx, issue.repo);
  await bringCommits(deed, repo, { repo: from, ref: issue.pull.head.ref });
  const dir = world.git.dirOf(repo);
  const base = repo.refs[`refs/heads/${issue.pull.base.ref}`] ?? issue.pull.base.sha;
  const next: PullIssue = {
    ...issue,
    updatedAt: stamp(world),
    pull: {
      ...issue.pull,
      head: { ...issue.pull.head, sha: tips.after },
      base: { ...issue.pull.base, sha: base },
    },
  };
  tx.put('issue', next);
  await world.git.run(dir, ['update-ref', `refs/pull/${issue.number}/head`, tips.after]);
  await carryComments(deed, repo, issue, next);
  if (!(await world.git.isAncestor(dir, tips.before, tips.after))) {
    note(deed, next, { event: 'head_ref_force_pushed', commitId: tips.after });
  }
  await emitIssue(deed, repo, next, 'synchronize', { before: tips.before, after: tips.after });
}

async function followBase(deed: Deed, repo: RepoDoc, issue: PullIssue, tip: string): Promise<void> {
  const { tx, world } = deed;
  const dir = world.git.dirOf(repo);
  const arrived = await world.git.isAncestor(dir, issue.pull.head.sha, tip);
  if (!arrived) {
    tx.put('issue', { ...issue, pull: { ...issue.pull, base: { ...issue.pull.base, sha: tip } } });
    return;
  }
  await closeMerged(deed, issue, tip);
}

/** Marks a pull request merged; `base.sha` stays where it was before the merge, so that its diff can still be shown. */
export async function closeMerged(deed: Deed, issue: PullIssue, mergeSha: string): Promise<void> {
  const { tx, world, actor } = deed;
  const now = stamp(world);
  const pull = { ...issue.pull, mergedAt: now, mergedBy: actor.login, mergeSha };
  const merged = tx.put('issue', { ...issue, updatedAt: now, pull });
  note(deed, merged, { event: 'merged', commitId: mergeSha });
  await setState(deed, merged, 'closed', null);
  await closeMentioned(deed, merged.repo, `${issue.title}\n${issue.body ?? ''}`);
}

const closing = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b/gi;

/** Merging into the default branch closes the issues that the pull request says it closes. */
async function closeMentioned(deed: Deed, repoId: number, text: string): Promise<void> {
  const numbers = [...text.matchAll(closing)].map((match) => Number(match[1]));
  const issues = deed.tx.list(
    'issue',
    (one) => one.repo === repoId && one.state === 'open' && numbers.includes(one.number) && one.pull === null,
  );
  for (const issue of issues) await setState(deed, issue, 'closed', 'completed');
}

async function carryComments(deed: Deed, repo: RepoDoc, from: PullIssue, to: PullIssue): Promise<void> {
  const { tx, world } = deed;
  const dir = world.git.dirOf(repo);
  const comments = tx.list('reviewComment', (one) => one.issue === from.id);
  if (comments.length === 0) return;
  const range = (issue: PullIssue): Range => ({ base: issue.pull.base.sha, head: issue.pull.head.sha });
  const [oldBase, newBase] = await Promise.all([
    mergeBase(world.git, dir, range(from)),
    mergeBase(world.git, dir, range(to)),
  ]);
  const [files, left, right] = await Promise.all([
    pullFiles(world.git, dir, range(to)),
    diffFiles(world.git, dir, oldBase, newBase),
    diffFiles(world.git, dir, from.pull.head.sha, to.pull.head.sha),
  ]);
  for (const comment of comments) {
    if (comment.line === null) continue;
    const place = reanchor(files, { LEFT: left, RIGHT: right }, standing(comment, comment.line));
    tx.put('reviewComment', {
      ...comment,
      line: place?.line ?? null,
      startLine: place?.startLine ?? null,
      position: place?.position ?? null,
      commitId: place ? to.pull.head.sha : comment.commitId,
    });
  }
}

const standing = (comment: ReviewCommentDoc, line: number): Standing => ({
  path: comment.path,
  side: comment.side,
  line,
  startSide: comment.startSide,
  startLine: comment.startLine,
});
