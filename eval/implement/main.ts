/**
 * `npm run eval:implement -- --cases DIR`: has the crew do the task of each case with whatever model is configured, runs tests that it
 * never saw on what came of it, and prints what was resolved, at what cost. Exit status 2 when a case could not be measured.
 */
import { evaluate } from '../shared/evaluate.ts';
import { loadCase } from './load-case.ts';
import { outcomesAsData, printOutcomes } from './print-outcomes.ts';
import { runCase } from './run-case.ts';

await evaluate({
  name: 'eval:implement',
  load: loadCase,
  run: runCase,
  print: printOutcomes,
  asData: outcomesAsData,
});
