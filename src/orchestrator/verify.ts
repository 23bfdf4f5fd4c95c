/**
 * Patches integrated, then the repository's own checks run on the result, by code, in the sandbox; and, outside of it, what must not
 * leave. Also the same checks on the base alone, before any change. Throws ConflictError for work that does not fit together.
 */

import type { FileDiff } from '../core/diff.ts';
import { patchesOf } from '../core/implement/commits.ts';
import { CHECK_FILES, detectChecks } from '../core/implement/detect-checks.ts';
import { loosenedIn } from '../core/implement/loosened-tests.ts';
import { BEFORE_KEY } from '../core/implement/planned-subtasks.ts';
import { protectedRefusals, secretRefusals, sizeRefusals } from '../core/implement/refusals.ts';
import type { WorkBase } from '../core/implement/work-base.ts';
import { workBaseOf } from '../core/implement/work-base.ts';
import { REPAIR_KEY } from '../core/next-steps/repairs.ts';
import { parseDiff } from '../core/parse-diff.ts';
import type { Subtask } from '../core/records.ts';
import type { TaskConfig } from '../core/request-records.ts';
import type { CheckRunRecord, Outcome, Refusal } from '../core/result-records.ts';
import type { TaskRecords } from '../core/store-ports.ts';
import type { PatchToApply, Workspace, Workspaces } from '../core/workspace-ports.ts';
import { namesIn, readCustoms, textOf } from './read-customs.ts';

export interface VerifyOptions {
  readonly workspaces: Pick<Workspaces, 'open'>;
  /** Takes out what is, or looks like, a secret. */
  readonly redact: (text: string) => Promise<string>;
}

const DETECTED_TIMEOUT_MINUTES = 10;
/** Files whose diffs are held at once. */
const COMPARED_AT_ONCE = 50;

type Check = TaskConfig['checks'][number];

export async function verify(
  options: VerifyOptions,
  records: TaskRecords,
  subtask: Subtask,
  signal: AbortSignal,
): Promise<Outcome> {
  const { task } = records;
  const base = workBaseOf(task);
  const patches = patchesOf(records, subtask.dependsOn);
  const { repository } = task;
  const opened = { repository, subtaskId: subtask.id, ...base.checkout, patches, signal };
  const workspace = await options.workspaces.open(opened);
  try {
    const { headSha, treeSha, commits } = workspace;
    const isBefore = subtask.key === BEFORE_KEY;
    const refusals = isBefore ? [] : await refusalsOf(workspace, options, { records, base, patches });
    // What is too large is not searched, and does not leave.
    const isSearched = !isBefore && refusals.every(({ cause }) => cause !== 'size');
    const asOne = isSearched && (await someHoldsSecret(patches, options));
    const customs = isBefore ? NO_CUSTOMS : await readCustoms(workspace, base.rulesSha);
    const checks = await checksOf(workspace, base.checkout.baseSha, task.request.config.checks);
    const runs: CheckRunRecord[] = [];
    for (const check of checks) {
      const limits = {
        timeoutMs: check.timeoutMinutes * 60_000,
        hosts: task.request.config.networkAllow ?? [],
      };
      const run = await workspace.run(check.run, { ...limits, signal });
      runs.push({ ...run, output: await options.redact(run.output) });
    }
    return { kind: 'checks', headSha, treeSha, commits, runs, refusals, asOne, ...customs };
  } finally {
    await workspace.close();
  }
}

const NO_CUSTOMS = { template: null, hasCi: false } as const;

async function refusalsOf(
  workspace: Workspace,
  { redact }: VerifyOptions,
  { records, base, patches }: Integrated,
): Promise<readonly Refusal[]> {
  const { task, plan } = records;
  const { baseSha } = base.checkout;
  if (workspace.headSha === baseSha) return [];
  const files = await workspace.changedFiles(baseSha, workspace.headSha);
  const texts = patches.map(({ patch }) => patch);
  const tooLarge = sizeRefusals(files, texts);
  const protectedOnes = protectedRefusals(task, plan, task.kind === 'fix' ? filesOf(texts) : files);
  // What is too large for people is too large to be searched.
  if (tooLarge.length > 0) return [...protectedOnes, ...tooLarge];
  const loosened = loosenedIn(mending(records, patches));
  const secrets: Refusal[] = [];
  for (let from = 0; from < files.length; from += COMPARED_AT_ONCE) {
    const some = files.slice(from, from + COMPARED_AT_ONCE);
    const paths = some.map(({ path }) => path);
    const diffs = await workspace.compare(baseSha, workspace.headSha, paths);
    const bytesOf = (path: string) => workspace.bytes(workspace.headSha, path);
    secrets.push(...(await secretRefusals(some, diffs, redact, bytesOf)));
  }
  return [...protectedOnes, ...secrets, ...loosened];
}

/** Whether a patch brings a secret, be it that a later one takes it out again; of a file that is no text and is brought more than once, nobody knows. */
async function someHoldsSecret(
  patches: readonly PatchToApply[],
  { redact }: VerifyOptions,
): Promise<boolean> {
  const seen = new Set<string>();
  for (const { patch } of patches) {
    const files = parseDiff(patch);
    for (const { path } of files.filter(({ binary }) => binary)) {
      if (seen.has(path)) return true;
      seen.add(path);
    }
    const refusals = await secretRefusals(files, files, redact);
    if (refusals.some(({ cause }) => cause === 'secret')) return true;
  }
  return false;
}

/** What mends mends the code: a round, and a repair. Read as one, so that what a later one restores is not held against it. */
function mending({ task }: TaskRecords, patches: readonly PatchToApply[]): string {
  const mends = patches.filter(({ subtaskKey }) => task.kind === 'fix' || REPAIR_KEY.test(subtaskKey));
  return mends.map(({ patch }) => patch).join('');
}

/** What stands in a pull request already was allowed to leave: a round answers for its own work. */
function filesOf(patches: readonly string[]): readonly FileDiff[] {
  return patches.flatMap(parseDiff);
}

interface Integrated {
  readonly records: TaskRecords;
  readonly base: WorkBase;
  readonly patches: readonly PatchToApply[];
}

/** Those of the base count on the change as well: whoever takes a check away has not passed it. */
async function checksOf(
  workspace: Workspace,
  baseSha: string,
  configured: readonly Check[],
): Promise<readonly Check[]> {
  if (configured.length > 0) return configured;
  const shas = new Set([baseSha, workspace.headSha]);
  const found = new Set<string>();
  for (const sha of shas) for (const run of await detectedAt(workspace, sha)) found.add(run);
  return [...found].map((run) => ({ run, timeoutMinutes: DETECTED_TIMEOUT_MINUTES }));
}

async function detectedAt(workspace: Workspace, sha: string): Promise<readonly string[]> {
  const texts: Partial<Record<(typeof CHECK_FILES)[number], string>> = {};
  for (const path of CHECK_FILES) {
    const text = await textOf(workspace, sha, path);
    if (text !== null) texts[path] = text;
  }
  // A root of too many files tells nothing by their names.
  const names = (await namesIn(workspace, sha, '')) ?? [];
  return detectChecks({ names, texts });
}
