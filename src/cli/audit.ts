/** `crew audit`: a line for each thing that the tables hold otherwise than the trail tells; exit status 1 when there is one. */
import { parseConfig, readEnvironment } from '../config.ts';
import { auditOnce, checkStateDir } from '../wire.ts';

const LINES_MAX = 200;

export async function audit(): Promise<void> {
  const config = parseConfig(readEnvironment(), process.stderr.isTTY);
  if (config.databaseUrl === null) await checkStateDir(config.stateDir);
  const { events, records, differences } = await auditOnce(config);
  const shown = differences.slice(0, LINES_MAX).map((difference) => `${difference}\n`);
  const left = differences.length - shown.length;
  process.stdout.write(shown.join(''));
  if (left > 0) process.stdout.write(`And ${left} more.\n`);
  const verdict = differences.length === 0 ? 'as the trail tells' : `${differences.length} differences`;
  process.stdout.write(`${records} records, ${events} events: ${verdict}.\n`);
  if (differences.length > 0) process.exitCode = 1;
}
