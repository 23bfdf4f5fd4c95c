/** What must not leave with an integrated change: protected files, secrets, more than people can look through. Pure. */
import type { DiffLine, FileDiff } from '../diff.ts';
import { UserError } from '../errors.ts';
import {
  keyStoreRefusal,
  namedSecretRefusal,
  protectedRefusal,
  secretRefusal,
  sizeRefusal,
  unscannedRefusal,
} from '../messages/check-words.ts';
import { owns } from '../path-filter.ts';
import type { Plan, Task } from '../records.ts';
import type { Refusal, SurveyedFile } from '../result-records.ts';
import { plainPath, protectedAmong, protectedIn } from './protected-paths.ts';

/** The most that one pull request of the crew changes. Bytes are those of the patches, binary files included. */
export const CHANGE_LIMITS = { files: 500, addedLines: 50_000, bytes: 3_000_000 } as const;
/** Refusals of one cause that are told one by one. */
const TOLD_MAX = 30;
/** GitHub refuses them from an App without a permission that ours does not ask for. */
const WORKFLOWS: readonly string[] = ['.github/workflows/**'];
const KEY_STORES: readonly string[] = ['**/*.{p12,pfx,jks,keystore,kdbx}'];

type Changed = Pick<SurveyedFile, 'path' | 'oldPath' | 'status'>;

/** `files` are all that the change touches. */
export function protectedRefusals(
  task: Pick<Task, 'request'>,
  plan: Plan | null,
  files: readonly Changed[],
): readonly Refusal[] {
  const paths = [...new Set(files.flatMap(({ path, oldPath }) => [path, oldPath]))];
  const globs = task.request.config.protectedPaths;
  const named = personApproved(task, plan) ? new Set(plannedPaths(plan)) : new Set<string>();
  const refusalOf = (path: string): Refusal[] => {
    const allowed = named.has(path);
    if (allowed && !owns(WORKFLOWS, path)) return [];
    return [{ cause: 'protected_path', path, message: protectedRefusal(path, allowed) }];
  };
  const among = new Set([...protectedAmong(paths, globs), ...paths.filter((path) => owns(WORKFLOWS, path))]);
  return [...among].slice(0, TOLD_MAX).flatMap(refusalOf);
}

/**
 * Nothing records who approved: an approval without a person is by the requester's name too. But a plan that names protected files is
 * never approved without one (`plan` sees to it), so with `auto` a plan that names some was.
 */
function personApproved({ request }: Pick<Task, 'request'>, plan: Plan | null): boolean {
  if (request.kind !== 'implement' || plan?.state !== 'approved' || plan.approvedBy === null) return false;
  if (request.approval === 'required') return true;
  return protectedIn(plan.answer, request.config.protectedPaths).length > 0;
}

function plannedPaths(plan: Plan | null): readonly string[] {
  return (plan?.answer.subtasks ?? []).flatMap(({ files }) => files.map(plainPath));
}

export function sizeRefusals(
  files: readonly Pick<SurveyedFile, 'additions'>[],
  patches: readonly string[],
): readonly Refusal[] {
  const addedLines = files.reduce((sum, { additions }) => sum + additions, 0);
  const bytes = patches.reduce((sum, patch) => sum + Buffer.byteLength(patch), 0);
  const found = { 'changed files': files.length, 'added lines': addedLines, 'bytes of patches': bytes };
  const most = {
    'changed files': CHANGE_LIMITS.files,
    'added lines': CHANGE_LIMITS.addedLines,
    'bytes of patches': CHANGE_LIMITS.bytes,
  };
  return (Object.keys(found) as (keyof typeof found)[])
    .filter((what) => found[what] > most[what])
    .map((what) => ({ cause: 'size', path: null, message: sizeRefusal(what, found[what], most[what]) }));
}

/**
 * `diffs` are those of `files`; a text that is not among them could not be searched. What only moved is no news. `redact` takes out what
 * is or looks like a secret. `bytesOf` reads what is no text; it throws UserError for what is too large, and without it that is not looked at.
 */
export async function secretRefusals(
  files: readonly Pick<SurveyedFile, 'path' | 'status' | 'binary'>[],
  diffs: readonly FileDiff[],
  redact: (text: string) => Promise<string>,
  bytesOf: (path: string) => Promise<Uint8Array | null> = async () => null,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  const removed = new Set(diffs.flatMap((file) => linesOf(file, 'removed')).map(({ text }) => text));
  const diffOf = new Map(diffs.map((file) => [file.path, file]));
  for (const { path, status, binary } of files) {
    if (refusals.length >= TOLD_MAX) break;
    if (status === 'removed') continue;
    if ((await redact(path)) !== path) {
      refusals.push({ cause: 'secret', path: null, message: namedSecretRefusal });
      continue;
    }
    if (owns(KEY_STORES, path)) {
      refusals.push({ cause: 'secret', path, message: keyStoreRefusal(path) });
      continue;
    }
    const file = diffOf.get(path);
    if (binary || file?.binary === true) {
      refusals.push(...(await refusalsOfBytes(path, redact, bytesOf)));
      continue;
    }
    if (file === undefined || file.omitted === true) {
      refusals.push({ cause: 'size', path, message: unscannedRefusal(path) });
      continue;
    }
    const added = linesOf(file, 'added').filter(({ text }) => !removed.has(text));
    const line = await secretIn(added, redact);
    if (line !== false) refusals.push({ cause: 'secret', path, message: secretRefusal(path, line) });
  }
  return refusals;
}

async function refusalsOfBytes(
  path: string,
  redact: (text: string) => Promise<string>,
  bytesOf: (path: string) => Promise<Uint8Array | null>,
): Promise<readonly Refusal[]> {
  try {
    const bytes = Buffer.from((await bytesOf(path)) ?? []);
    // In UTF-16 every other byte is zero.
    for (const text of [
      bytes.toString('utf8'),
      bytes.toString('utf16le'),
      bytes.subarray(1).toString('utf16le'),
    ]) {
      const plain = text.toWellFormed();
      if ((await redact(plain)) !== plain)
        return [{ cause: 'secret', path, message: secretRefusal(path, null) }];
    }
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ cause: 'size', path, message: unscannedRefusal(path) }];
  }
}

/** The first line that holds one; null where it is only one in several lines together; false where there is none. */
async function secretIn(
  added: readonly DiffLine[],
  redact: (text: string) => Promise<string>,
): Promise<number | null | false> {
  const text = added.map((line) => line.text).join('\n');
  const redacted = await redact(text);
  if (redacted === text) return false;
  const after = redacted.split('\n');
  const at = added.findIndex((line, index) => after[index] !== line.text);
  return added[at]?.newLine ?? null;
}

function linesOf({ hunks }: FileDiff, kind: DiffLine['kind']): readonly DiffLine[] {
  return hunks.flatMap(({ lines }) => lines.filter((line) => line.kind === kind));
}
