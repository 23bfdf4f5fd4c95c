import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { startModel } from '../../demo/model/start-model.ts';
import { endOf, scriptedSettings, startCrewProcess } from '../support/crew-process.ts';
import { cellsOf } from './cells-of.ts';

const SHIPPED = join(import.meta.dirname, '../../eval/cases/review');
const TIMEOUT_MS = 120_000;

let model: RunningModel;
let dir: string;
beforeAll(async () => {
  model = await startModel({ conversationsDir: join(import.meta.dirname, 'conversations') });
  dir = await mkdtemp(join(tmpdir(), 'crew-eval-test-'));
});
afterAll(async () => {
  await model.close();
  await rm(dir, { recursive: true, force: true });
});

const scoresSchema = z.object({
  cases: z.array(
    z.object({ name: z.string(), state: z.string(), findings: z.array(z.unknown()).optional() }),
  ),
  sum: z.record(z.string(), z.number().nullable()),
});

describe('npm run eval:review', { timeout: TIMEOUT_MS }, () => {
  it('scores what a known reviewer finds and misses', async () => {
    const cases = join(dir, 'cases');
    for (const name of ['javascript-stock-reservation', 'python-daily-report']) {
      await cp(join(SHIPPED, name), join(cases, name), { recursive: true });
    }
    const json = join(dir, 'scores.json');

    const { status, stdout } = await evaluate('--cases', cases, '--json', json, '--parallel', '2');

    const scores = scoresSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(scores.sum).toMatchObject({
      reviews: 2,
      failed: 0,
      findings_count: 2,
      true_findings: 1,
      duplicates: 0,
      expected: 3,
      expected_found: 1,
      precision: 1 / 2,
      recall: 1 / 3,
      f1: 0.4,
      comments_per_review: 1,
      findings_per_review: 1,
    });
    expect(scores.sum.cost_usd).toBeGreaterThan(0);
    expect(scores.cases.map(({ name, state }) => [name, state])).toEqual([
      ['javascript-stock-reservation', 'scored'],
      ['python-daily-report', 'scored'],
    ]);
    expect(rowOf(stdout, 'javascript-stock-reservation')).toEqual([
      '1/1',
      '2',
      '0',
      '0.50',
      '1.00',
      '0.67',
      '2',
    ]);
    expect(rowOf(stdout, 'python-daily-report')).toEqual(['0/2', '0', '0', '–', '0.00', '0.00', '0']);
    expect(rowOf(stdout, 'sum of 2')).toEqual(['1/3', '2', '0', '0.50', '0.33', '0.40', '1.00']);
    expect(stdout).toContain('missed in python-daily-report: billing/report.py:36-37');
    expect(status).toBe(0);
    expect((await readdir(dir)).sort()).toEqual(['cases', 'scores.json']);
  });

  it('answers 2 when a case could not be reviewed, and counts it nowhere', async () => {
    model.setFaults([{ kind: 'refusal', times: Number.POSITIVE_INFINITY }]);

    const { status, stdout } = await evaluate('--cases', SHIPPED, '--only', 'clean-docs');

    model.setFaults([]);
    expect(stdout).toMatch(/clean-docs.*failed/);
    expect(rowOf(stdout, 'sum of 0')?.slice(0, 6)).toEqual(['0/0', '0', '0', '–', '–', '–']);
    expect(status).toBe(2);
  });

  it.each([
    ['a folder without cases', ['--cases', import.meta.dirname], /no case\.yml/],
    ['a name that no case has', ['--cases', SHIPPED, '--only', 'nothing'], /has no case nothing/],
    ['too many at once', ['--cases', SHIPPED, '--parallel', '99'], /from 1 to 16/],
  ])('answers 2 for %s', async (_, args, problem) => {
    const { status, stderr } = await evaluate(...args);

    expect(stderr).toMatch(problem);
    expect(status).toBe(2);
  });
});

function evaluate(...args: readonly string[]) {
  return endOf(startCrewProcess('eval/review/main.ts', args, scriptedSettings(model, dir)));
}

/** Cells of a case's row, without its cost and time. */
function rowOf(table: string, name: string): readonly string[] | undefined {
  return cellsOf(table, name)?.slice(0, -2);
}
