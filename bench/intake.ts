/**
 * Durable intake (verified, stored in Postgres, answered) beside Probot's own middleware with an empty handler and beside
 * a bare HMAC check, in turns in one run over HTTP. The client runs in a thread of its own; only ours keeps anything.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { Agent, createServer, type RequestListener, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { getRequestListener } from '@hono/node-server';
import pg from 'pg';
import { z } from 'zod';
import { createIngest, WEBHOOK_PATH } from '../src/app/ingest/ingest.ts';
import { createProbot } from '../src/app/probot/create-probot.ts';
import type { Log } from '../src/core/ports.ts';
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.ts';
import { migrate } from '../src/store/migrate.ts';
import { createStore } from '../src/store/store.ts';

const ROUNDS = 5;
const REQUESTS_PER_ROUND = 1_500;
const IN_FLIGHT = 16;
const BODY_BYTES = 20 * 1024;
const SECRET = 'a secret for this bench only';

const log: Log = { info() {}, warn() {}, error() {}, debug() {}, child: () => log };

const loadSchema = z.object({ port: z.int(), requests: z.int() });
const measuredSchema = z.object({ perSecond: z.number(), p50Ms: z.number(), p99Ms: z.number() });
type Measured = z.infer<typeof measuredSchema>;

/** Prints the medians of some rounds; takes about twenty seconds and leaves nothing behind. */
export async function run(): Promise<void> {
  const ours = await startOurs();
  const servers = [
    { name: 'bare HMAC check', ...(await listen(bareHmac)) },
    { name: "Probot's middleware, empty handler", ...(await listen(await probotMiddleware())) },
    { name: 'the crew: verified, stored, answered', ...(await listen(ours.listener)) },
  ];
  try {
    for (const { port } of servers) await load(port, 200);
    const rounds = servers.map((): Measured[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, { port }] of servers.entries()) {
        rounds[index]?.push(await load(port, REQUESTS_PER_ROUND));
      }
    }
    print(
      servers.map(({ name }) => name),
      rounds,
    );
  } finally {
    for (const { server } of servers) server.close();
    await ours.close();
  }
}

function print(names: readonly string[], rounds: readonly (readonly Measured[])[]): void {
  console.log(
    `intake of signed ${BODY_BYTES / 1024} KB deliveries, ${IN_FLIGHT} in flight, median of ${ROUNDS} rounds:`,
  );
  const rates = rounds.map((each) => median(each.map(({ perSecond }) => perSecond)));
  const crew = rates.at(-1) ?? Number.NaN;
  for (const [index, name] of names.entries()) {
    const each = rounds[index] ?? [];
    const p50 = median(each.map(({ p50Ms }) => p50Ms)).toFixed(1);
    const p99 = median(each.map(({ p99Ms }) => p99Ms)).toFixed(1);
    const rate = rates[index] ?? Number.NaN;
    const ratio = (crew / rate).toFixed(2);
    console.log(
      `  ${name.padEnd(38)}${rate.toFixed(0).padStart(7)}/s   p50 ${p50} ms   p99 ${p99} ms   the crew's rate by it ${ratio}`,
    );
  }
}

async function startOurs() {
  const postgres = await startEmbeddedPostgres({ dir: await mkdtemp(join(tmpdir(), 'bench-intake-')), log });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 10 });
  await migrate(pool);
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  const store = createStore({ pool, clock, newId: randomUUID, onCommitted: () => undefined });
  const app = createIngest({ secrets: [SECRET], store, doorbell: { ring: async () => undefined }, log });
  return {
    listener: getRequestListener(app.fetch) as RequestListener,
    close: async () => {
      await store.close();
      await postgres.remove();
    },
  };
}

async function probotMiddleware(): Promise<RequestListener> {
  const probot = createProbot({
    appId: 1,
    privateKey: 'unused',
    apiUrl: 'http://127.0.0.1:1',
    webhookSecret: SECRET,
  });
  await probot.ready();
  probot.on('issues', () => undefined);
  const middleware = await probot.getNodeMiddleware({ path: WEBHOOK_PATH });
  return (req, res) => void middleware(req, res);
}

const bareHmac: RequestListener = (req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const expected = `sha256=${createHmac('sha256', SECRET).update(Buffer.concat(chunks)).digest('hex')}`;
    const given = String(req.headers['x-hub-signature-256']);
    const same =
      given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
    res.writeHead(same ? 202 : 401).end();
  });
};

function listen(listener: RequestListener): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 });
    });
  });
}

/** Sends from another thread, so that the client costs the server nothing but the shared machine. */
function load(port: number, requests: number): Promise<Measured> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { port, requests } });
  return new Promise((resolve, reject) => {
    worker.once('message', (message) => resolve(measuredSchema.parse(message)));
    worker.once('error', reject);
  });
}

async function send({ port, requests }: z.infer<typeof loadSchema>): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const body = Buffer.from(JSON.stringify(payload()));
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  const times: number[] = [];
  let left = requests;
  const startedAt = performance.now();
  const sendSome = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sentAt = performance.now();
      const status = await post(agent, port, body, signature);
      if (status < 200 || status > 299) throw new Error(`answered ${status}`);
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendSome));
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return { perSecond: requests / seconds, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

function post(agent: Agent, port: number, body: Buffer, signature: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path: WEBHOOK_PATH,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          'x-github-event': 'issues',
          'x-github-delivery': randomUUID(),
          'x-hub-signature-256': signature,
        },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

function payload(): object {
  const issue = { number: 1, title: 'A title', body: 'word '.repeat(BODY_BYTES / 5 - 60) };
  return { action: 'opened', issue, repository: { full_name: 'acme/pantry' }, sender: { login: 'mona' } };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

if (!isMainThread) {
  parentPort?.postMessage(await send(loadSchema.parse(workerData)));
}
