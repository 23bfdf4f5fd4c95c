/** What the crew said of a pull request before, at the place where it stands now. */

import type { EffectStore } from '../core/effect-ports.ts';
import type { FindingStore, PullRequestKey } from '../core/memory-ports.ts';
import type { SurveyedFile } from '../core/result-records.ts';
import type { EarlierFinding, FileGroup, TrackedFinding } from '../core/review/review-records.ts';
import { relocate } from '../core/review/track-findings.ts';
import type { Workspace } from '../core/workspace-ports.ts';
import { movedFiles } from './moved-files.ts';

/** A pull request with more has been reviewed dozens of times; open ones come first. */
const EARLIER_MAX = 200;

interface Said {
  readonly findings: Pick<FindingStore, 'ofPull'>;
  readonly effects: Pick<EffectStore, 'byKey'>;
}

interface Compared {
  readonly of: PullRequestKey;
  readonly baseSha: string;
  readonly headSha: string;
  readonly files: readonly SurveyedFile[];
  readonly groups: readonly FileGroup[];
}

export async function earlierFindings(
  { store, workspace }: { readonly store: Said; readonly workspace: Pick<Workspace, 'compare'> },
  { of, baseSha, headSha, files, groups }: Compared,
): Promise<{ readonly earlier: readonly EarlierFinding[]; readonly problems: readonly string[] }> {
  const tracked = await saidOn(store, of);
  const followed = openFirst(tracked).slice(0, EARLIER_MAX);
  const lost = followed.filter((finding) => finding.state !== 'fixed' && isLost(finding, files));
  const moved = await movedFiles(workspace, { baseSha, headSha, files }, lost);
  const fileOf = new Map(
    followed.map((finding) => [finding, currentFile(moved.pathOf.get(finding) ?? finding.path, files)]),
  );
  const paths = new Set([...fileOf.values()].flatMap((file) => (file === undefined ? [] : [file.path])));
  const diffs = paths.size === 0 ? [] : await workspace.compare(baseSha, headSha, [...paths]);
  const readNow = new Set(groups.flatMap((group) => group.paths));
  const earlier = followed.map((finding) => {
    const file = fileOf.get(finding);
    // A file that is no part of the pull request any more has changed as well: nothing of it is left to judge.
    const reread = file === undefined || readNow.has(file.path);
    const now = file === undefined ? null : relocate(finding.anchor, file.path, diffs);
    const renamed = file !== undefined && file.path !== finding.path;
    return { finding, now, ...(renamed ? { path: file.path } : {}), reread };
  });
  const rest = tracked.length - followed.length;
  const cut = `${rest} of ${tracked.length} earlier findings were not followed: at most ${EARLIER_MAX} are.`;
  return { earlier, problems: [...(rest > 0 ? [cut] : []), ...moved.problems] };
}

/** Without those of a review that GitHub refused: nobody has seen them, so they may be said anew. */
async function saidOn(store: Said, of: PullRequestKey): Promise<readonly TrackedFinding[]> {
  const tracked = await store.findings.ofPull(of);
  const refused = new Set<string>();
  for (const taskId of new Set(tracked.map((finding) => finding.taskId))) {
    const review = await store.effects.byKey(`review:${taskId}`);
    if (review?.state === 'failed') refused.add(taskId);
  }
  return tracked.filter((finding) => !refused.has(finding.taskId));
}

function openFirst(tracked: readonly TrackedFinding[]): readonly TrackedFinding[] {
  const isOpen = ({ state }: TrackedFinding) => state === 'open';
  return [...tracked.filter(isOpen), ...tracked.filter((finding) => !isOpen(finding)).reverse()];
}

/** Whether its file stands under no name that the diff against the merge base tells. */
function isLost({ path, anchor }: TrackedFinding, files: readonly SurveyedFile[]): boolean {
  const file = currentFile(path, files);
  const ofRemoved = anchor.kind === 'inline' && anchor.side === 'LEFT';
  return file === undefined || (file.status === 'removed' && !ofRemoved);
}

/** Also under the name that it was given since. */
function currentFile(path: string, files: readonly SurveyedFile[]): SurveyedFile | undefined {
  return (
    files.find((file) => file.path === path) ??
    files.find((file) => file.status === 'renamed' && file.oldPath === path)
  );
}
