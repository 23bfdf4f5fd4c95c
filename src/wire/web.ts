/** The side that GitHub talks to: takes deliveries in, decides, advances tasks, and performs effects. */
import { join } from 'node:path';
import { Hono } from 'hono';
import { createSandbox } from '../agents/sandbox/sandbox.ts';
import { createWorkspaces } from '../agents/workspace/workspaces.ts';
import { createCloneAccess } from '../app/github/clone-access.ts';
import { createItemLister } from '../app/github/list-changed.ts';
import { createReader } from '../app/github/reader.ts';
import { createDispatcher } from '../app/ingest/dispatcher.ts';
import { createIngest } from '../app/ingest/ingest.ts';
import { createReconciliation } from '../app/ingest/reconcile.ts';
import { createRecovery } from '../app/ingest/recover-deliveries.ts';
import { createLive } from '../app/live/live.ts';
import { createProbot } from '../app/probot/create-probot.ts';
import { createPublisher } from '../app/publisher/publish.ts';
import type { AppCredentials } from '../config.ts';
import { errorMessage } from '../core/errors.ts';
import { type Integration, integrationOf } from '../core/implement/commits.ts';
import { liveUrlOf } from '../core/live-link.ts';
import type { Job } from '../core/ports.ts';
import type { Store } from '../core/store-ports.ts';
import { advance } from '../orchestrator/advance.ts';
import { followEffect } from '../orchestrator/follow-effect.ts';
import { sweep } from '../orchestrator/sweep.ts';
import { advancingOf } from './advancing.ts';
import type { CrewFiles } from './crew-files.ts';
import type { Foundation } from './foundation.ts';
import { connectToGitHub } from './github.ts';
import { redactorOf } from './redactor.ts';
import { spendingLimits } from './spending-limits.ts';

/** Steps are short: rows, or one effect's requests. */
export const STEPS_AT_ONCE = 8;
/** An effect's lease outlives two looks and a write: so many times a worker's. */
const EFFECT_LEASES = 4;

export interface Web {
  /** To be served. */
  readonly routes: Hono;
  /** Resolves when the background work has ended after the signal. */
  readonly ended: Promise<unknown>;
}

/** Background work goes on until `signal` aborts. */
export async function startWeb(
  foundation: Foundation,
  app: AppCredentials,
  { roles }: CrewFiles,
  signal: AbortSignal,
): Promise<Web> {
  const { clock, config, log, queues, store } = foundation;
  const clients = connectToGitHub(config, app, { clock, log, allowances: store.allowances });
  // Every decision needs it: asked now, the first delivery need not wait for it. A failure is met again, and told, there.
  clients.botIdentity().then(
    ({ login }) => log.info({ login, webhookSecrets: app.webhookSecrets.length }, 'GitHub knows the crew'),
    (error: unknown) => log.warn({ error: errorMessage(error) }, 'GitHub does not tell who the App is yet'),
  );
  const liveUrl = liveUrlOf(config.liveUrl, app.webhookSecrets);
  const redactor = redactorOf(config);
  const reader = createReader(clients, log);
  const workspaces = await createWorkspaces({
    root: join(config.stateDir, 'publishing'),
    // The publisher builds commits and pushes them; it runs no command of the repository.
    sandbox: await createSandbox({ mode: 'off' }),
    cloneAccess: createCloneAccess(clients),
    log,
    clock,
    path: config.path,
  });
  const dispatcher = await createDispatcher({
    probot: createProbot({
      appId: app.id,
      privateKey: app.privateKey,
      apiUrl: config.github.apiUrl,
      webhookSecret: app.webhookSecrets[0] ?? '',
    }),
    store,
    doorbell: queues,
    log,
    clock,
    owner: config.owner,
    reader,
    identity: () => clients.botIdentity(),
    crew: { roles: [...roles.keys()], budgetUsd: config.budgetUsd, networkAllow: config.networkAllow },
    limits: spendingLimits(config),
    liveUrl,
  });
  const publisher = createPublisher({
    store,
    clients,
    workspaces,
    workOf: (taskId) => workOf(store, taskId),
    redact: (text) => redactor.redactAll(text),
    clock,
    log,
    owner: config.owner,
    leaseMs: EFFECT_LEASES * config.leaseMs + config.lookAgainMs,
    lookAgainMs: config.lookAgainMs,
  });
  const advancing = advancingOf(
    foundation,
    { roles },
    { liveUrl, quietMs: config.quietMs, ringAgainMs: config.ringAgainMs },
  );
  queues.consume('steps', STEPS_AT_ONCE, async (job: Job) => {
    switch (job.step) {
      case 'dispatch':
        return dispatcher.dispatch(job.guid);
      case 'advance':
        return advance(advancing, job.taskId);
      case 'publish':
        await publisher.publish(job.effectId);
        return followEffect({ store, doorbell: queues, clock }, job.effectId);
      case 'work':
        throw new Error(`the queue of steps holds work of ${job.role}`);
    }
  });
  const sweeping = { everyMs: config.sweepMs, patienceMs: config.patienceMs, clean: () => queues.clean() };
  const background = [
    sweep({ store, doorbell: queues, clock, log, ...sweeping }, signal),
    createRecovery({ github: clients.app(), store, clock, log, everyMs: config.recoveryMs }).run(signal),
    createReconciliation({
      lister: createItemLister(clients),
      head: (repository, number) => reader.pullState(repository, number),
      store,
      doorbell: queues,
      clock,
      log,
      roles: [...roles.keys()],
      self: async () => (await clients.botIdentity()).login,
      everyMs: config.recoveryMs,
    }).run(signal),
  ];
  return {
    routes: new Hono()
      .route('/', createIngest({ secrets: app.webhookSecrets, store, doorbell: queues, log }))
      .route(
        '/',
        createLive({
          store,
          bus: foundation.bus,
          redactor,
          webhookSecrets: app.webhookSecrets,
          webUrl: config.github.webUrl,
          clock,
          log,
          signal,
        }),
      ),
    ended: Promise.all(background),
  };
}

/** The commits that `verify` saw. */
async function workOf(store: Store, taskId: string): Promise<Integration> {
  const records = await store.tasks.records(taskId);
  const integration = records === null ? null : integrationOf(records);
  if (integration === null) throw new Error(`task ${taskId} changes no files`);
  return integration;
}
