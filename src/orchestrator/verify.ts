/** The last job before publishing: all patches integrated, then the repository's own checks run on the result, by code. */
import { patchesOf } from '../core/commits.ts';
import { CHECK_FILES, detectChecks } from '../core/detect-checks.ts';
import { ConflictError } from '../core/errors.ts';
import { loosenedIn } from '../core/loosened-tests.ts';
import type { Workspace, Workspaces } from '../core/ports.ts';
import type { CheckRunRecord, Outcome, Subtask } from '../core/records.ts';
import type { TaskRecords } from '../core/store-ports.ts';
import { workBaseOf } from '../core/work-base.ts';

export interface VerifyOptions {
  readonly workspaces: Pick<Workspaces, 'open'>;
  readonly redact: (text: string) => Promise<string>;
}

const DETECTED_TIMEOUT_MINUTES = 10;

export async function verify(
  options: VerifyOptions,
  records: TaskRecords,
  subtask: Subtask,
  signal: AbortSignal,
): Promise<Outcome> {
  const { task } = records;
  const { checkout } = workBaseOf(task);
  const patches = patchesOf(records, subtask.dependsOn);
  const workspace = await integrated(options, {
    repository: task.repository,
    subtaskId: subtask.id,
    ...checkout,
    patches,
    signal,
  });
  if ('kind' in workspace) return workspace;
  try {
    const runs: CheckRunRecord[] = [];
    for (const check of await checksOf(workspace, task.request.config.checks)) {
      const run = await workspace.run(check.run, { timeoutMs: check.timeoutMinutes * 60_000, signal });
      runs.push({ ...run, output: await options.redact(run.output) });
    }
    const { headSha, treeSha, commits } = workspace;
    const refusals = task.kind === 'fix' ? patches.flatMap(({ patch }) => loosenedIn(patch)) : [];
    return { kind: 'checks', headSha, treeSha, commits, runs, refusals, template: null, hasCi: false };
  } finally {
    await workspace.close();
  }
}

async function integrated(
  options: VerifyOptions,
  request: Parameters<Workspaces['open']>[0],
): Promise<Workspace | Extract<Outcome, { kind: 'failed' }>> {
  try {
    return await options.workspaces.open(request);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return { kind: 'failed', cause: 'conflict', message: error.message };
  }
}

async function checksOf(
  workspace: Workspace,
  configured: readonly { readonly run: string; readonly timeoutMinutes: number }[],
): Promise<readonly { readonly run: string; readonly timeoutMinutes: number }[]> {
  if (configured.length > 0) return configured;
  const files: Partial<Record<(typeof CHECK_FILES)[number], string>> = {};
  for (const path of CHECK_FILES) {
    const text = await workspace.show(workspace.headSha, path);
    if (text !== null) files[path] = text;
  }
  return detectChecks(files).map((run) => ({ run, timeoutMinutes: DETECTED_TIMEOUT_MINUTES }));
}
