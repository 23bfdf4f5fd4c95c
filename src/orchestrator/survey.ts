/**
 * The first job of a review: what the pull request changes, by git against the merge base; what of it is read, and by whom;
 * and what is known from before. Everything after it goes by this alone.
 */
import type { Embedder, Log } from '../core/ports.ts';
import type { Subtask, Task } from '../core/records.ts';
import type { ReviewRequest } from '../core/request-records.ts';
import type { Outcome, SurveyedFile } from '../core/result-records.ts';
import { planReading } from '../core/review/review-plan.ts';
import type { RecalledMemory } from '../core/review/review-records.ts';
import type { Role } from '../core/roles.ts';
import type { Store, TaskRecords } from '../core/store-ports.ts';
import type { Workspace, Workspaces } from '../core/workspace-ports.ts';
import { earlierFindings } from './earlier-findings.ts';
import { earlierReading } from './earlier-reading.ts';
import { readDirectories } from './read-directories.ts';
import { recallMemories } from './recall.ts';

export interface SurveyOptions {
  readonly store: Store;
  readonly workspaces: Workspaces;
  readonly roles: readonly Role[];
  readonly embedder: Embedder;
  readonly log: Log;
}

const MEMORIES_MAX = 12;
/** Of the text that memories are looked for by. */
const RECALL_MAX_CHARS = 8_000;
const RECALL_PATHS_MAX = 100;

export async function survey(
  options: SurveyOptions,
  { task }: TaskRecords,
  subtask: Subtask,
  signal: AbortSignal,
): Promise<Outcome> {
  const { request } = task;
  if (request.kind !== 'review') throw new Error(`a survey belongs to a review, not to ${request.kind}`);
  const { number, headSha, baseSha } = request.pullRequest;
  const workspace = await options.workspaces.open({
    repository: task.repository,
    subtaskId: subtask.id,
    baseSha: headSha,
    pullRequest: number,
    alsoShas: [baseSha],
    patches: [],
    signal,
  });
  try {
    return await surveyIn(workspace, options, task, request);
  } finally {
    await workspace.close();
  }
}

async function surveyIn(
  workspace: Workspace,
  options: SurveyOptions,
  task: Task,
  request: ReviewRequest,
): Promise<Outcome> {
  const { store, roles } = options;
  const { baseSha, headSha, number } = request.pullRequest;
  const files = await workspace.changedFiles(baseSha, headSha);
  const { directories, problems } = await readDirectories(workspace, baseSha, files);
  const earlier = await earlierReading(store, request.since);
  const { manifest, groups } = planReading({ files, roles, config: request.config, directories, earlier });
  const said = await earlierFindings(
    { store, workspace },
    { of: { repositoryId: task.repository.id, number }, baseSha, headSha, files, groups },
  );
  return {
    kind: 'survey',
    survey: {
      files,
      manifest,
      groups,
      since: earlier === null ? null : request.since,
      earlier: said.earlier,
      directories,
      memories: groups.length === 0 ? [] : await memoriesFor(options, task, request, files),
      problems: [...problems, ...said.problems],
    },
  };
}

/** What was learned helps a review and is not needed for one. */
async function memoriesFor(
  { store, embedder, log }: SurveyOptions,
  task: Task,
  { pullRequest }: ReviewRequest,
  files: readonly SurveyedFile[],
): Promise<readonly RecalledMemory[]> {
  const paths = files.slice(0, RECALL_PATHS_MAX).map((file) => file.path);
  const text = [pullRequest.title, ...paths, pullRequest.body].join('\n').slice(0, RECALL_MAX_CHARS);
  const query = { repositoryId: task.repository.id, text, limit: MEMORIES_MAX };
  try {
    const found = await recallMemories({ memories: store.memories, embedder, log, ...query });
    return found.map(({ id, kind, text: said, path }) => ({ id, kind, text: said, path }));
  } catch (error) {
    log.warn({ err: error }, 'memories could not be recalled; the review goes on without them');
    return [];
  }
}
