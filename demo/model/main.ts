/** Runs the scripted model as its own process: `node demo/model/main.ts --port 4010`. Prints one line for each request. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startModel } from './start-model.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    host: { type: 'string', default: '127.0.0.1' },
    conversations: { type: 'string', default: join(import.meta.dirname, '..', 'conversations') },
    key: { type: 'string' },
    schema: { type: 'string' },
  },
});

const model = await startModel({
  port: Number(values.port),
  host: values.host,
  conversationsDir: values.conversations,
  ...(values.key === undefined ? {} : { apiKey: values.key }),
  ...(values.schema === undefined ? {} : { requestSchemaPath: values.schema }),
  log: ({ status, role, job, conversation, turn, error }) =>
    console.log(
      `${status} ${role} ${job} ${conversation ?? '-'} turn ${turn ?? '-'} ${error ?? ''}`.trimEnd(),
    ),
});
console.log(`scripted model on ${model.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void model.close().then(() => process.exit(0)));
}
