/** Starts the scripted model: a local server that an unmodified Anthropic SDK takes for the Messages API. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { type Fault, Faults } from './faults.ts';
import { loadConversations } from './load-conversations.ts';
import type { ModelState, RecordedRequest, Violation } from './model-state.ts';
import { PromptCache } from './prompt-cache.ts';
import { loadRequestSchema } from './request-schema.ts';
import { modelRoutes } from './routes.ts';

export interface ModelOptions {
  readonly conversationsDir: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly host?: string;
  /** The only key that is accepted; any non-empty one when left out. */
  readonly apiKey?: string;
  readonly faults?: readonly Fault[];
  /** The Messages API's JSON schema; not checked when the file is not there. */
  readonly requestSchemaPath?: string;
  /** Milliseconds since 1970; the prompt cache expires by it. */
  readonly now?: () => number;
  readonly log?: (request: RecordedRequest) => void;
}

export interface RunningModel {
  readonly url: string;
  close(): Promise<void>;
  /** Every POST /v1/messages so far that was authenticated and was JSON, oldest first. */
  requests(): readonly RecordedRequest[];
  /** Requests that were outside the JSON schema. */
  violations(): readonly Violation[];
  setFaults(faults: readonly Fault[]): void;
}

export async function startModel(options: ModelOptions): Promise<RunningModel> {
  const now = options.now ?? Date.now;
  const state: ModelState = {
    apiKey: options.apiKey,
    conversations: await loadConversations(options.conversationsDir),
    cache: new PromptCache(now),
    faults: new Faults(options.faults ?? []),
    checkSchema: await loadRequestSchema(options.requestSchemaPath),
    now,
    newId: () => randomBytes(11).toString('hex'),
    requests: [],
    violations: [],
    log: options.log ?? (() => undefined),
  };
  const host = options.host ?? '127.0.0.1';
  const server = serve({ fetch: modelRoutes(state).fetch, port: options.port ?? 0, hostname: host });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    async close() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
    requests: () => state.requests,
    violations: () => state.violations,
    setFaults: (faults) => state.faults.set(faults),
  };
}
