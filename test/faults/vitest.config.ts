/** `npm run test:faults [-- name …]`: every trial in full, one after the other. */
import { defineConfig } from 'vitest/config';
import { CountsReporter } from './report-counts.ts';

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    provide: { trialSize: 'full' },
    reporters: ['default', new CountsReporter()],
    // Each has the machine to itself: processes that are killed and started again are timed.
    maxWorkers: 1,
    hookTimeout: 120_000,
    restoreMocks: true,
  },
});
