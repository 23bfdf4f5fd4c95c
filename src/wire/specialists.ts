/** The specialists themselves: they take jobs from the queues of their roles, wherever the code to read comes from. */
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { createEmbedder } from '../agents/embedder.ts';
import { redactedFetch } from '../agents/redacted-fetch.ts';
import { createAgentRunner } from '../agents/run-agent.ts';
import { createSandbox } from '../agents/sandbox/sandbox.ts';
import { createWorkspaces } from '../agents/workspace/workspaces.ts';
import { ConfigError } from '../core/errors.ts';
import type { CloneAccess } from '../core/github-ports.ts';
import { liveUrlOf } from '../core/live-link.ts';
import { createIsolation } from '../orchestrator/isolation.ts';
import type { Patience } from '../orchestrator/patience.ts';
import { createProbe } from '../orchestrator/probe.ts';
import { work } from '../orchestrator/work.ts';
import type { CrewFiles } from './crew-files.ts';
import type { Foundation } from './foundation.ts';
import { redactorOf } from './redactor.ts';
import { spendingLimits } from './spending-limits.ts';

const MODEL_RETRIES = 4;

/** Runs that go on when `shutdown` aborts are given up, for others to take up. Throws ConfigError when the sandbox does not work here, or a setting that specialists need is missing. */
export async function startSpecialists(
  foundation: Foundation,
  cloneAccess: CloneAccess,
  { roles, hiveMind }: CrewFiles,
  shutdown: AbortSignal,
  patience?: Patience,
): Promise<void> {
  const { bus, clock, config, log, queues, store } = foundation;
  if (config.anthropic.apiKey === null) {
    throw new ConfigError('ANTHROPIC_API_KEY is missing: specialists ask the model with it.');
  }
  const sandbox = await createSandbox({
    mode: config.sandbox,
    path: config.path,
    networkAllow: config.networkAllow,
  });
  if (sandbox.mode === 'off') log.warn({}, 'CREW_SANDBOX=off: commands of agents run without a sandbox');
  const workspaces = await createWorkspaces({
    root: join(config.stateDir, 'workspaces'),
    sandbox,
    cloneAccess,
    log,
    clock,
    path: config.path,
  });
  const redactor = redactorOf(config);
  const agents = createAgentRunner({
    client: new Anthropic({
      apiKey: config.anthropic.apiKey,
      baseURL: config.anthropic.baseUrl,
      maxRetries: MODEL_RETRIES,
      fetch: redactedFetch(redactor.redactJson),
    }),
    roles,
    hiveMind,
    workspaces,
    prices: config.prices,
    models: config.models,
    transcripts: store.transcripts,
    redactor,
    clock,
    log,
  });
  const working = {
    store,
    doorbell: queues,
    bus,
    agents,
    workspaces,
    probe: createProbe(),
    clock,
    log,
    roles: [...roles.values()],
    isolation: createIsolation(),
    embedder: createEmbedder(),
    redact: (text: string) => redactor.redactAll(text),
    owner: config.owner,
    leaseMs: config.leaseMs,
    shutdown,
    limits: spendingLimits(config),
    liveUrl: liveUrlOf(config.liveUrl, config.app?.webhookSecrets ?? []),
    ...(patience === undefined ? {} : { patience }),
  };
  for (const role of rolesHere(config.roles, [...roles.keys()])) {
    queues.consume(role, config.concurrency, async (job) => {
      if (job.step !== 'work') throw new Error(`the queue of ${role} holds a step: ${job.step}`);
      await work(working, job.subtaskId);
    });
  }
}

/** The roles whose jobs this process takes. Throws ConfigError for one that the crew does not have. */
export function rolesHere(wanted: readonly string[] | null, known: readonly string[]): readonly string[] {
  const unknown = (wanted ?? []).filter((role) => !known.includes(role));
  if (unknown.length > 0) {
    throw new ConfigError(`CREW_ROLES names ${unknown.join(', ')}; the crew has ${known.join(', ')}.`);
  }
  return wanted ?? known;
}
