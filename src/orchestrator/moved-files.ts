/**
 * Where the files of earlier findings went when the diff against the merge base does not tell: a file that the pull request
 * added itself is there by its last name only, and one that it renamed twice by its first and its last.
 */
import type { FileDiff } from '../core/diff.ts';
import { TransientError, UserError } from '../core/errors.ts';
import type { SurveyedFile } from '../core/result-records.ts';
import type { TrackedFinding } from '../core/review/review-records.ts';
import { relocate } from '../core/review/track-findings.ts';
import { withoutSpace } from '../core/review/without-space.ts';
import type { Workspace } from '../core/workspace-ports.ts';

interface Compared {
  readonly baseSha: string;
  readonly headSha: string;
  readonly files: readonly SurveyedFile[];
}

/** Reviewed commits that are compared with the head, newest findings first; the quote has to do for the rest. */
const COMMITS_MAX = 10;
/** New files in which quotes are looked for. */
const NEW_FILES_MAX = 300;
/** Without white space: a brace or a bare `return` stands in every file. */
const QUOTE_MIN_CHARS = 8;

interface Moved {
  readonly pathOf: ReadonlyMap<TrackedFinding, string>;
  /** As sentences for people. */
  readonly problems: readonly string[];
}

/** By git where the reviewed commit is still there and the head goes on from it; after a force-push by the quoted lines. */
export async function movedFiles(
  workspace: Pick<Workspace, 'compare'>,
  compared: Compared,
  lost: readonly TrackedFinding[],
): Promise<Moved> {
  const pathOf = new Map(await renamedSince(workspace, compared, lost));
  const left = lost.filter((finding) => !pathOf.has(finding) && isTelling(finding));
  // Of a renamed one the diff tells from where it came.
  const added = compared.files.filter(({ status }) => status === 'added');
  if (left.length === 0 || added.length === 0) return { pathOf, problems: [] };
  const looked = added.slice(0, NEW_FILES_MAX).map(({ path }) => path);
  const diffs = await workspace.compare(compared.baseSha, compared.headSha, looked);
  const filesWith = indexOfLines(diffs);
  for (const finding of left) {
    const path = nearestOf(finding, filesWith);
    if (path !== null) pathOf.set(finding, path);
  }
  const cut = `Files of earlier findings were looked for in ${NEW_FILES_MAX} of ${added.length} new files only.`;
  return { pathOf, problems: added.length > NEW_FILES_MAX ? [cut] : [] };
}

async function renamedSince(
  workspace: Pick<Workspace, 'compare'>,
  { headSha, files }: Compared,
  lost: readonly TrackedFinding[],
): Promise<readonly (readonly [TrackedFinding, string])[]> {
  const present = files.filter(({ status }) => status !== 'removed').map(({ path }) => path);
  const commits = [...new Set(lost.map((finding) => finding.headSha))].slice(0, COMMITS_MAX);
  const found: (readonly [TrackedFinding, string])[] = [];
  for (const sha of present.length === 0 ? [] : commits) {
    const diffs = await compareIfThere(workspace, sha, headSha, present);
    const renamed = new Map(
      diffs.filter(({ status }) => status === 'renamed').map(({ oldPath, path }) => [oldPath, path] as const),
    );
    for (const finding of lost.filter((one) => one.headSha === sha)) {
      const path = renamed.get(finding.path);
      if (path !== undefined) found.push([finding, path]);
    }
  }
  return found;
}

/** A commit that was pushed over may be gone, and no review may fail for it. */
async function compareIfThere(
  workspace: Pick<Workspace, 'compare'>,
  from: string,
  to: string,
  paths: readonly string[],
): Promise<readonly FileDiff[]> {
  try {
    return await workspace.compare(from, to, paths);
  } catch (error) {
    if (error instanceof UserError || error instanceof TransientError) return [];
    throw error;
  }
}

function isTelling({ anchor }: TrackedFinding): boolean {
  return anchor.kind === 'inline' && withoutSpace(anchor.quote).length >= QUOTE_MIN_CHARS;
}

/** Files by each of their lines. */
function indexOfLines(diffs: readonly FileDiff[]): ReadonlyMap<string, ReadonlySet<FileDiff>> {
  const filesWith = new Map<string, Set<FileDiff>>();
  for (const file of diffs) {
    for (const { newLine, text } of file.hunks.flatMap(({ lines }) => lines)) {
      if (newLine === null) continue;
      const line = withoutSpace(text);
      const files = filesWith.get(line) ?? new Set();
      filesWith.set(line, files.add(file));
    }
  }
  return filesWith;
}

/** Of several files that hold the quote, the one where it stands nearest to where it stood. */
function nearestOf(
  { anchor }: TrackedFinding,
  filesWith: ReadonlyMap<string, ReadonlySet<FileDiff>>,
): string | null {
  if (anchor.kind === 'body') return null;
  const [first = ''] = anchor.quote.split('\n');
  const places = [...(filesWith.get(withoutSpace(first)) ?? [])]
    .map((file) => relocate(anchor, file.path, [file]))
    .filter((place) => place !== null)
    .sort((a, b) => Math.abs(a.line - anchor.line) - Math.abs(b.line - anchor.line));
  return places[0]?.path ?? null;
}
