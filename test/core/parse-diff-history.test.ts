// A history of several hundred commits: what the diff says of every line is what the blobs hold.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DiffLine, FileDiff } from '../../src/core/diff.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import { histories, TreeRepository } from './generated-trees.ts';

const COMMITS = 400;
const SEED = 20_261_122;

let repository: TreeRepository;
beforeAll(() => {
  repository = new TreeRepository();
});
afterAll(() => repository.remove());

/** Content with the ends that its lines have. */
function linesWithEnds(content: Buffer): readonly string[] {
  return content
    .toString()
    .split(/(?<=\n)/)
    .filter((line) => line !== '');
}

function withEnd(line: DiffLine): string {
  if (line.end === 'none') return line.text;
  return `${line.text}${line.end === 'crlf' ? '\r\n' : '\n'}`;
}

/** The new file as the hunks make it of the old one; throws where a line is not what the old one holds. */
function applied(file: FileDiff, before: readonly string[]): string {
  const out: string[] = [];
  let at = 0;
  for (const line of file.hunks.flatMap((hunk) => hunk.lines)) {
    if (line.oldLine !== null) {
      out.push(...before.slice(at, line.oldLine - 1));
      at = line.oldLine;
      expect(withEnd(line)).toBe(before[line.oldLine - 1]);
    } else if (out.length < (line.newLine ?? 0) - 1) {
      const until = at + (line.newLine ?? 0) - 1 - out.length;
      out.push(...before.slice(at, until));
      at = until;
    }
    if (line.newLine !== null) {
      out.push(withEnd(line));
      expect(out).toHaveLength(line.newLine);
    }
  }
  return [...out, ...before.slice(at)].join('');
}

test(`${COMMITS} commits agree with their blobs, line by line`, { timeout: 60_000 }, () => {
  const [trees = []] = fc.sample(histories(COMMITS), { numRuns: 1, seed: SEED });
  const shas = repository.commit(trees);
  const seen = { files: 0, lines: 0, renamed: 0, binary: 0 };

  for (const [at, sha] of shas.slice(1).entries()) {
    const [before, after] = [trees[at], trees[at + 1]];
    const files = parseDiff(repository.diff(shas[at] ?? '', sha));
    for (const file of files) {
      seen.files += 1;
      seen.lines += file.additions + file.deletions;
      seen.renamed += Number(file.status === 'renamed');
      seen.binary += Number(file.binary);
      if (file.binary) continue;
      const typeChanged = files.filter(({ path }) => path === file.path).length > 1;
      const old = file.status === 'added' ? Buffer.of() : before?.get(file.oldPath)?.content;
      const fresh = file.status === 'removed' ? Buffer.of() : after?.get(file.path)?.content;
      expect(applied(file, linesWithEnds(old ?? Buffer.of())), file.path).toBe(fresh?.toString());
      if (!typeChanged) expect(file.status === 'added').toBe(!before?.has(file.oldPath));
    }
    const touched = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].filter((path) => {
      const [old, fresh] = [before?.get(path), after?.get(path)];
      return !old || !fresh || old.mode !== fresh.mode || !old.content.equals(fresh.content);
    });
    const named = new Set(files.flatMap((file) => [file.path, file.oldPath]));
    expect([...named].sort()).toEqual(touched.sort());
  }

  // What git itself keeps is what was generated: the trees can stand for the blobs.
  const [path, file] = [...(trees.at(-1) ?? [])][0] ?? ['', undefined];
  expect(repository.git(['show', `${shas.at(-1)}:${path}`])).toEqual(file?.content);
  expect(seen.files).toBeGreaterThan(COMMITS);
  expect(Math.min(seen.lines / 10, seen.renamed, seen.binary)).toBeGreaterThan(10);
});
