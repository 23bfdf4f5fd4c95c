import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole processes and whole stories: begun last, they would have the others wait for them. */
const LONG = /\/test\/(e2e|cli|faults)\//;

/** Trials that take long even when short, or were not seen to hold beside others: `npm run test:faults` runs them. */
const IN_FULL_ONLY = [
  'approval-tricks',
  'bad-model',
  'full-disk',
  'killer-job',
  'network-allow',
  'outage',
  'permuted-events',
].map((name) => `test/faults/${name}.test.ts`);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...IN_FULL_ONLY],
    globalSetup: ['test/support/global-setup.ts'],
    provide: { trialSize: 'short' },
    sequence: { sequencer: LongFirst },
    // Most of the time goes into waiting for processes that the tests start: one more than a small machine has cores.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
  },
});
