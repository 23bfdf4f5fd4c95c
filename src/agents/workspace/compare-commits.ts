/** What a pull request changes: all of its files in short, and some of them with their text. In bounded memory. */
import { createHash } from 'node:crypto';
import { digestOf, type FileDiff, readableChars } from '../../core/diff.ts';
import type { SurveyedFile } from '../../core/result-records.ts';
import { type ChangedEntry, type CommitsToRead, changedEntries, decodePath } from './changed-entries.ts';
import { type EntryDiff, entryDiffs, withoutText } from './entry-diffs.ts';

/** Every changed file; those beyond `measuredMaxFiles`, and those too large, without their size. Throws UserError when the list itself is too long. */
export async function surveyCommits(read: CommitsToRead): Promise<readonly SurveyedFile[]> {
  const entries = await changedEntries(read);
  const surveyed = new Map<ChangedEntry, SurveyedFile>();
  for await (const { entry, files } of entryDiffs(read, entries.slice(0, read.limits.measuredMaxFiles))) {
    surveyed.set(entry, summaryOf(entry, files));
  }
  return entries.map((entry) => surveyed.get(entry) ?? summaryOf(entry, [withoutText(entry)]));
}

/** The changed files of the given (new) paths, in git's order. What is too large by itself, or together, is `omitted`. */
export async function compareCommits(
  read: CommitsToRead,
  paths: readonly string[],
): Promise<readonly FileDiff[]> {
  const wanted = new Set(paths);
  const entries = (await changedEntries(read)).filter((entry) => wanted.has(decodePath(entry.path)));
  const held = new Map<ChangedEntry, readonly FileDiff[]>();
  let [chars, lines] = [0, 0];
  for await (const diff of entryDiffs(read, entries)) {
    const [moreChars, moreLines] = [charsOf(diff), linesOf(diff)];
    if (chars + moreChars > read.limits.compareMaxBytes) continue;
    if (lines + moreLines > read.limits.compareMaxLines) continue;
    [chars, lines] = [chars + moreChars, lines + moreLines];
    held.set(diff.entry, diff.files);
  }
  return entries.flatMap((entry) => held.get(entry) ?? [withoutText(entry)]);
}

function summaryOf(entry: ChangedEntry, files: readonly FileDiff[]): SurveyedFile {
  const { path, oldPath, status, binary, additions, deletions } = withoutText(entry);
  const digests = files.map(digestOf);
  return {
    path,
    oldPath,
    status,
    binary,
    additions,
    deletions,
    chars: files.some((file) => file.omitted) ? null : charsOf({ entry, files }),
    digest:
      digests.length === 1
        ? (digests[0] ?? '')
        : createHash('sha256').update(JSON.stringify(digests)).digest('hex'),
    ...(entry.submodule ? { submodule: true } : {}),
  };
}

function charsOf({ files }: EntryDiff): number {
  return files.reduce((sum, file) => sum + readableChars(file), 0);
}

function linesOf({ files }: EntryDiff): number {
  return files.flatMap((file) => file.hunks).reduce((sum, hunk) => sum + hunk.lines.length, 0);
}
