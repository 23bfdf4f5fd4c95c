#!/usr/bin/env node
/**
 * Where `crew` begins. Plain JavaScript that any Node since 14 can read, so that one that is too old for the crew hears
 * a sentence instead of a stack trace. `cli.ts` stands beside it in a clone, `cli.js` in the package.
 */
import { existsSync } from 'node:fs';

const NODE_MINIMUM = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MINIMUM) {
  process.stderr.write(
    `HyperCode Crew needs Node ${NODE_MINIMUM} or later and this is Node ${process.versions.node}: install Node ${NODE_MINIMUM} from https://nodejs.org, or, in a clone, run \`npm ci\` without --ignore-scripts, which brings it.\n`,
  );
  process.exitCode = 1;
} else if (existsSync(new URL('./cli.ts', import.meta.url))) {
  await import('./cli.ts');
} else {
  await import('./cli.js');
}
