import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { startModel } from '../../demo/model/start-model.ts';
import { loadCase } from '../../eval/implement/load-case.ts';
import { endOf, scriptedSettings, startCrewProcess } from '../support/crew-process.ts';
import { cellsOf } from './cells-of.ts';

const TIMEOUT_MS = 180_000;
const CASE = 'about: x\ntitle: The greeting knows no name\nissue: It should say Hello and the name.\n';

let model: RunningModel;
let dir: string;
beforeAll(async () => {
  model = await startModel({ conversationsDir: join(import.meta.dirname, 'conversations') });
  return () => model.close();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-implement-eval-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const outcomesSchema = z.object({
  cases: z.array(
    z.looseObject({ name: z.string(), state: z.string(), reason: z.string().nullable().optional() }),
  ),
  sum: z.record(z.string(), z.number()),
});

describe('npm run eval:implement', { timeout: TIMEOUT_MS }, () => {
  it('tells what was resolved by tests that the crew never saw, and refuses a case that measures nothing', async () => {
    await writeCase('by-name', 'test "$(bash greet.sh Ada)" = "$(cat test/wanted)"', 'Hello Ada\n');
    await writeCase('in-german', 'test "$(bash greet.sh Ada)" = "$(cat test/wanted)"', 'Hallo Ada\n');
    await writeCase('idle', 'true', '');
    await writeCase('not-there', 'no-such-program', '');
    const json = join(dir, 'outcomes.json');

    const { status, stdout } = await evaluate('--cases', join(dir, 'cases'), '--json', json);

    const { cases, sum } = outcomesSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(cases.map(({ name, state }) => [name, state])).toEqual([
      ['by-name', 'resolved'],
      ['idle', 'failed'],
      ['in-german', 'unresolved'],
      ['not-there', 'failed'],
    ]);
    expect(cases.map(({ reason }) => reason)).toEqual([
      null,
      'The hidden tests pass on the base: they measure nothing.',
      'the hidden tests ended with 1',
      expect.stringContaining('The hidden tests cannot be run here'),
    ]);
    expect(cases[0]?.diff).toEqual({ files: 2, additions: 3, deletions: 1 });
    expect(sum).toMatchObject({ cases: 2, failed: 2, resolved: 1, checks: 2, green: 2, files: 4 });
    expect(sum.cost_usd).toBeGreaterThan(0);
    expect(rowOf(stdout, 'by-name')).toEqual(['yes', '2', '3', '1', '1/1']);
    expect(rowOf(stdout, 'sum of 2')).toEqual(['1/2', '4', '6', '2', '2/2']);
    expect(stdout).toContain('not resolved: in-german: the hidden tests ended with 1');
    // Whole, with what the shell said: a row of the table has no room for it.
    expect(stdout).toMatch(/^failed: not-there: The hidden tests cannot be run here: .*command not found$/m);
    expect(status).toBe(2);
    expect((await readdir(dir)).sort()).toEqual(['cases', 'outcomes.json']);
  });
});

describe('a case of implementing that cannot be read', () => {
  it.each([
    ['about: x\ncommand: x', /title/],
    ['title: x\ncommand: true\nabuot: x', /abuot/],
    ['about: x\ntitle: x\ncommand: x\nissue: x', /the folder hidden\/ is missing/],
    ['about: x\ntitle: x\ncommand: x\nissue: x\nbase: main', /needs `base`/],
    ['about: x\ntitle: x\ncommand: x\nissue: x\ntimeout: 0', /timeout/],
  ])('is named with what is wrong: %s', async (text, problem) => {
    await writeFile(join(dir, 'case.yml'), text);

    await expect(loadCase(dir)).rejects.toThrow(problem);
  });
});

async function writeCase(name: string, command: string, wanted: string): Promise<void> {
  const files = {
    'case.yml': `${CASE}command: ${JSON.stringify(command)}\n`,
    'repository/greet.sh': 'echo Hello\n',
    'repository/Makefile': 'test:\n\tbash greet.sh Ada\n',
    'repository/test/other': 'x\n',
    'hidden/test/wanted': wanted,
  };
  for (const [path, text] of Object.entries(files)) {
    const file = join(dir, 'cases', name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

function evaluate(...args: readonly string[]) {
  return endOf(startCrewProcess('eval/implement/main.ts', args, scriptedSettings(model, dir)));
}

/** Cells of a case's row, without its cost and time. */
function rowOf(table: string, name: string): readonly string[] | undefined {
  return cellsOf(table, name)?.toSpliced(1, 2);
}
