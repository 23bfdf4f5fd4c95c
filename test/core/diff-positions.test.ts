// Diffs with the positions that another project expects of their lines: parsed to these, and anchored on each of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseDiff } from '../../src/core/parse-diff.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';

const EXPECTED_DIR = join(import.meta.dirname, '../../../shared/diffs');

const expectedSchema = z
  .array(
    z.object({
      PathOld: z.string(),
      PathNew: z.string(),
      Hunks: z
        .array(
          z.object({
            Lines: z.array(
              z.object({ Type: z.number(), Content: z.string(), LnumOld: z.number(), LnumNew: z.number() }),
            ),
          }),
        )
        .nullable(),
    }),
  )
  .nullable()
  .transform((files) => files ?? []);
const KINDS = ['context', 'added', 'removed'];
const expectedNames = existsSync(EXPECTED_DIR)
  ? readdirSync(EXPECTED_DIR).filter((name) => name.endsWith('.diff'))
  : [];

describe.skipIf(expectedNames.length === 0)('expected positions (skipped without ../shared/diffs)', () => {
  test.each(expectedNames)('%s', (name) => {
    const expected = expectedSchema.parse(
      JSON.parse(readFileSync(join(EXPECTED_DIR, `${name}.json`), 'utf8')),
    );

    const files = parseDiff(readFileSync(join(EXPECTED_DIR, name), 'utf8'));

    const lines = files.map((file) =>
      file.hunks.map((hunk) =>
        hunk.lines.map((line) => [line.kind, line.oldLine ?? 0, line.newLine ?? 0, line.text]),
      ),
    );
    expect(lines).toEqual(
      expected.map((file) =>
        (file.Hunks ?? []).map((hunk) =>
          hunk.Lines.map((line) => [KINDS[line.Type], line.LnumOld, line.LnumNew, line.Content]),
        ),
      ),
    );
    const named = expected.map((file) => file.PathNew.replace(/^b\//, ''));
    for (const [at, path] of named.entries()) {
      if (path !== '' && path !== '/dev/null') expect(files[at]?.path).toBe(path);
    }
  });

  test.each(expectedNames)('a finding on any line of %s is anchored there', (name) => {
    const expected = expectedSchema.parse(
      JSON.parse(readFileSync(join(EXPECTED_DIR, `${name}.json`), 'utf8')),
    );
    const files = parseDiff(readFileSync(join(EXPECTED_DIR, name), 'utf8'));

    for (const [at, { Hunks }] of expected.entries()) {
      for (const line of (Hunks ?? []).flatMap((hunk) => hunk.Lines)) {
        const side = KINDS[line.Type] === 'removed' ? 'LEFT' : 'RIGHT';
        const place = {
          path: files[at]?.path ?? '',
          side,
          line: side === 'LEFT' ? line.LnumOld : line.LnumNew,
        } as const;

        const anchor = anchorFinding({ ...place, start_line: null, replacement: null }, files);

        expect(anchor).toEqual({
          kind: 'inline',
          ...place,
          startLine: null,
          quote: line.Content,
          suggestion: null,
        });
      }
    }
  });
});
