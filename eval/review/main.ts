/**
 * `npm run eval:review -- --cases DIR`: has the crew review each case with whatever model is configured, and prints how much
 * of what was planted it found, what else it said, and what that cost. Exit status 2 when a case could not be reviewed.
 */
import { evaluate } from '../shared/evaluate.ts';
import { loadCase } from './load-case.ts';
import { printScores, scoresAsData } from './print-scores.ts';
import { runCase } from './run-case.ts';

await evaluate({
  name: 'eval:review',
  load: loadCase,
  run: (one, { crew, config, signal }) => runCase(one, { crew, path: config.path, signal }),
  print: printScores,
  asData: scoresAsData,
});
