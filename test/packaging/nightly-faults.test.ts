import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = new URL('../../', import.meta.url).pathname;

it('tries every trial in full each night', () => {
  const workflow = parse(readFileSync(`${ROOT}.github/workflows/faults.yml`, 'utf8'));
  const trials = globSync(`${ROOT}test/faults/*.test.ts`).map((file) => basename(file, '.test.ts'));

  expect(workflow.jobs.trials.strategy.matrix.trial).toEqual(trials.sort());
});
