// Where a job's code and rules come from: which commit is checked out, which commit's rules hold, and for a review or an audit
// what is compared.

import type { AgentJob } from '../core/agent-ports.ts';
import type { FileDiff } from '../core/diff.ts';
import { workBaseOf } from '../core/implement/work-base.ts';
import { submoduleUnread, takenBackUnread } from '../core/messages/gate-reasons.ts';
import type { Workspace, WorkspaceRequest } from '../core/workspace-ports.ts';
import { DIFF_LIMITS } from './briefing/limits.ts';
import { type ReadableDiff, readDiff } from './briefing/read-diff.ts';
import type { RepositoryFiles } from './briefing/read-rules.ts';

interface Compare {
  readonly baseSha: string;
  /** Null: the checkout's own, with the task's patches. */
  readonly headSha: string | null;
  /** Files of the group that is reviewed; null: all that is changed. */
  readonly paths: readonly string[] | null;
  /** Whether `baseSha` stood where `headSha` stands now, so that what only `baseSha` had is lost. */
  readonly replaces?: boolean;
}

export interface JobSource {
  readonly checkout: Omit<WorkspaceRequest, 'signal'>;
  /** A commit on the default branch's side: the only one whose files steer. */
  readonly rulesSha: string;
  readonly compare: Compare | null;
}

export interface ReviewedDiff {
  readonly compared: { readonly baseSha: string; readonly headSha: string };
  /** Of the group. */
  readonly files: readonly FileDiff[];
  readonly readable: ReadableDiff;
  /** What of the change is in none of `files`, as sentences. */
  readonly elsewhere: readonly string[];
}

export function jobSource({ task, subtask, patches }: AgentJob): JobSource {
  const common = { repository: task.repository, subtaskId: subtask.id, patches };
  const { request } = task;
  const isAudit = subtask.kind === 'audit';
  switch (request.kind) {
    case 'implement':
    case 'fix': {
      const { checkout, rulesSha } = workBaseOf(task);
      const compare = isAudit ? whole(checkout.baseSha, null) : null;
      return { checkout: { ...common, ...checkout }, rulesSha, compare };
    }
    case 'gate': {
      const { headSha, trigger } = request;
      if (trigger.on !== 'push' || trigger.beforeSha === null)
        throw new Error('the gate has nothing to read');
      const { beforeSha, rulesSha, isNewBranch } = trigger;
      const checkout = { ...common, baseSha: headSha, alsoShas: [beforeSha, rulesSha] };
      return { checkout, rulesSha, compare: { ...whole(beforeSha, headSha), replaces: !isNewBranch } };
    }
    case 'reply': {
      const { number, headSha, baseSha } = request.pullRequest;
      const checkout = { ...common, baseSha: headSha, pullRequest: number, alsoShas: [baseSha] };
      return { checkout, rulesSha: baseSha, compare: null };
    }
    case 'review': {
      const { number, headSha, baseSha } = request.pullRequest;
      return {
        checkout: { ...common, baseSha: headSha, pullRequest: number, alsoShas: [baseSha] },
        rulesSha: baseSha,
        compare: { baseSha, headSha, paths: subtask.files },
      };
    }
    case 'ask': {
      const onPullRequest = task.subject.kind === 'pull_request';
      const { headSha, baseSha } = request;
      const checkout = { ...common, baseSha: headSha, alsoShas: [baseSha] };
      return {
        checkout: onPullRequest ? { ...checkout, pullRequest: task.subject.number } : checkout,
        rulesSha: baseSha,
        compare: null,
      };
    }
  }
}

function whole(baseSha: string, headSha: string | null): Compare {
  return { baseSha, headSha, paths: null };
}

/** Against the merge base, as GitHub shows it; null for what is neither review nor audit. */
export async function reviewedDiff(
  workspace: Workspace,
  { compare }: JobSource,
): Promise<ReviewedDiff | null> {
  if (compare === null) return null;
  const { baseSha, headSha, paths } = { ...compare, headSha: compare.headSha ?? workspace.headSha };
  const compared = { baseSha, headSha };
  const read = async (chosen: readonly string[], elsewhere: readonly string[]) => {
    const files = await workspace.compare(baseSha, headSha, chosen);
    return { compared, files, readable: readDiff(files, DIFF_LIMITS), elsewhere };
  };
  if (paths !== null) return read(paths, []);
  const changed = await workspace.changedFiles(baseSha, headSha);
  const lost = compare.replaces === true ? await workspace.changedFiles(headSha, baseSha) : [];
  return read(
    changed.map(({ path }) => path),
    [
      ...(lost.length === 0 ? [] : [takenBackUnread(lost.length)]),
      ...changed.filter(({ submodule }) => submodule === true).map(({ path }) => submoduleUnread(path)),
    ],
  );
}

/** The repository's files at the trusted commit, whatever the checkout holds. */
export function jobFiles(
  workspace: Pick<Workspace, 'show' | 'list'>,
  { rulesSha }: Pick<JobSource, 'rulesSha'>,
): RepositoryFiles {
  return {
    show: (path) => workspace.show(rulesSha, path),
    list: (folder) => workspace.list(rulesSha, folder),
  };
}

/**
 * Files whose directories' rules a job is shown besides the repository's: those that its group of reviewers has in hand. None
 * for work, where subtasks differ in their files and share what they are shown.
 */
export function pathsInHand({ task, subtask }: Pick<AgentJob, 'task' | 'subtask'>): readonly string[] {
  switch (task.request.kind) {
    case 'review':
      return subtask.files;
    case 'reply':
      return [task.request.finding.path];
    case 'fix':
      return task.request.paths;
    default:
      return [];
  }
}
