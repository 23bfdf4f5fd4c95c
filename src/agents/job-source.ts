// Where a job's code and rules come from: which commit is checked out, which commit's rules hold, and for a review
// what is compared.
import type { FileDiff } from '../core/diff.ts';
import type { AgentJob, Workspace, WorkspaceRequest } from '../core/ports.ts';
import { workBaseOf } from '../core/work-base.ts';
import { DIFF_LIMITS } from './briefing/limits.ts';
import { type ReadableDiff, readDiff } from './briefing/read-diff.ts';
import type { RepositoryFiles } from './briefing/read-rules.ts';

export interface JobSource {
  readonly checkout: Omit<WorkspaceRequest, 'signal'>;
  /** A commit on the default branch's side: the only one whose files steer. */
  readonly rulesSha: string;
  readonly compare: {
    readonly baseSha: string;
    readonly headSha: string;
    /** Files of the group that is reviewed. */
    readonly paths: readonly string[];
  } | null;
}

export interface ReviewedDiff {
  readonly compared: { readonly baseSha: string; readonly headSha: string };
  /** Of the group. */
  readonly files: readonly FileDiff[];
  readonly readable: ReadableDiff;
}

export function jobSource({ task, subtask, patches }: AgentJob): JobSource {
  const common = { repository: task.repository, subtaskId: subtask.id, patches };
  const { request } = task;
  switch (request.kind) {
    case 'implement':
    case 'fix': {
      const { checkout, rulesSha } = workBaseOf(task);
      return { checkout: { ...common, ...checkout }, rulesSha, compare: null };
    }
    case 'gate': {
      const { headSha } = request;
      return { checkout: { ...common, baseSha: headSha }, rulesSha: headSha, compare: null };
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

/** Against the merge base, as GitHub shows it; null for what is no review. */
export async function reviewedDiff(
  workspace: Workspace,
  { compare }: JobSource,
): Promise<ReviewedDiff | null> {
  if (compare === null) return null;
  const files = await workspace.compare(compare.baseSha, compare.headSha, compare.paths);
  return { compared: compare, files, readable: readDiff(files, DIFF_LIMITS) };
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
