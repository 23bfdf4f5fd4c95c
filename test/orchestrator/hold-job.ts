/** A process that takes one job and never ends it: killed by the test in the middle. Arguments: the connection, the role. */
import type { QueueConnection } from '../../src/orchestrator/queue-backend.ts';
import { openQueues } from '../../src/orchestrator/queues.ts';
import { silentLog } from '../support/silent-log.ts';

const [connection, role, lockMs] = process.argv.slice(2);
if (connection === undefined || role === undefined) throw new Error('which connection and which role?');
const queues = await openQueues({
  connection: JSON.parse(connection) as QueueConnection,
  log: silentLog,
  lockMs: Number(lockMs),
});
queues.consume(role, 1, async (job) => {
  process.stdout.write(`took ${JSON.stringify(job)}\n`);
  await new Promise(() => {});
});
