/** The first job of a review: which files the pull request changes, by git against the merge base. */
import type { TaskRecords, Workspaces } from '../core/ports.ts';
import type { Outcome, Subtask } from '../core/records.ts';

export async function survey(
  workspaces: Workspaces,
  records: TaskRecords,
  subtask: Subtask,
  signal: AbortSignal,
): Promise<Outcome> {
  const { task } = records;
  if (task.request.kind !== 'review')
    throw new Error(`a survey belongs to a review, not to ${task.request.kind}`);
  const { pullRequest } = task.request;
  const workspace = await workspaces.open({
    repository: task.repository,
    subtaskId: subtask.id,
    baseSha: pullRequest.headSha,
    pullRequest: pullRequest.number,
    patches: [],
    signal,
  });
  try {
    const files = await workspace.compare(pullRequest.baseSha, pullRequest.headSha);
    return {
      kind: 'survey',
      files: files.map(({ path, oldPath, status, binary, additions, deletions }) => ({
        path,
        oldPath,
        status,
        binary,
        additions,
        deletions,
      })),
    };
  } finally {
    await workspace.close();
  }
}
