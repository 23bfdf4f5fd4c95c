// Where a job's code and rules come from: which commit is checked out, which commit's rules hold, and for a review
// what is compared.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileDiff } from '../core/diff.ts';
import type { AgentJob, Workspace, WorkspaceRequest } from '../core/ports.ts';
import { DIFF_LIMITS } from './briefing/limits.ts';
import { type ReadableDiff, readDiff } from './briefing/read-diff.ts';
import type { RepositoryFiles } from './briefing/repository-knowledge.ts';

export interface JobSource {
  readonly checkout: Omit<WorkspaceRequest, 'signal'>;
  /** A commit on the default branch's side; null when none is known, and then no file of the repository steers. */
  readonly rulesSha: string | null;
  readonly compare: {
    readonly baseSha: string;
    readonly headSha: string;
    readonly paths: readonly string[];
  } | null;
}

export interface ReviewedDiff {
  readonly files: readonly FileDiff[];
  readonly readable: ReadableDiff;
}

export function jobSource({ task, subtask, patches }: AgentJob): JobSource {
  const common = { repository: task.repository, subtaskId: subtask.id, patches };
  const { request } = task;
  switch (request.kind) {
    case 'implement':
      return { checkout: { ...common, baseSha: request.baseSha }, rulesSha: request.baseSha, compare: null };
    case 'review': {
      const { number, headSha, baseSha } = request.pullRequest;
      return {
        checkout: { ...common, baseSha: headSha, pullRequest: number },
        rulesSha: baseSha,
        compare: { baseSha, headSha, paths: request.config.paths },
      };
    }
    case 'ask': {
      const onPullRequest = task.subject.kind === 'pull_request';
      const checkout = { ...common, baseSha: request.headSha };
      return {
        checkout: onPullRequest ? { ...checkout, pullRequest: task.subject.number } : checkout,
        // A pull request's head is its author's word, and the request does not say what its base is.
        rulesSha: onPullRequest ? null : request.headSha,
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
  const files = await workspace.compare(compare.baseSha, compare.headSha);
  return { files, readable: readDiff(files, DIFF_LIMITS, compare.paths) };
}

/**
 * The repository's files at the trusted commit. Names come from the checkout and from what the pull request removed;
 * whatever the checkout holds, a file is shown only as it stands at that commit, or not at all.
 */
export function jobFiles(
  workspace: Workspace,
  { rulesSha }: JobSource,
  changed: readonly FileDiff[],
): RepositoryFiles {
  if (rulesSha === null) return { show: async () => null, list: async () => [] };
  return {
    show: (path) => workspace.show(rulesSha, path),
    list: async (folder) => {
      const present = await readdir(join(workspace.dir, folder)).catch(() => []);
      const before = changed
        .map(({ oldPath }) => oldPath)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
      return [...new Set([...present, ...before])];
    },
  };
}
