/** A publisher over the local GitHub and a real ledger, for whole flows; sets itself up and takes itself down around the tests of the file that calls it. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { GitHubClients } from '../../src/app/github/clients.ts';
import { createPublisher, type Publisher } from '../../src/app/publisher/publish.ts';
import type { Effect, EffectAction } from '../../src/core/effect-records.ts';
import type { Integration } from '../../src/core/implement/commits.ts';
import type { Repository } from '../../src/core/records.ts';
import type { Store } from '../../src/core/store-ports.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { createStore } from '../../src/store/store.ts';
import {
  app,
  appOctokit,
  type Local,
  owner,
  privateKeyPem,
  repo,
  repoName,
  startLocal,
} from '../github/local-github.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import { type RequestWatch, type TestClock, testClients, testClock, watchRequests } from './github-parts.ts';

const SENDINGS_MAX = 6;
const LEASE_MS = 60_000;

/** Where branches are made of; a file that publishes none needs nothing of it. */
interface Work {
  workspaces: Pick<Workspaces, 'commits' | 'push'>;
  of: Integration;
}

interface PublishingFlows {
  readonly local: Local;
  readonly store: Store;
  readonly clients: GitHubClients;
  readonly repository: Repository;
  readonly watch: RequestWatch;
  /** To be replaced by a test that publishes branches. */
  readonly work: Work;
  plan(action: EffectAction, key?: string, taskId?: string): Promise<Effect>;
  /** Publishes, moving the time on to when the ledger wants it tried again, until it has ended. */
  settle(effect: Effect): Promise<Effect>;
  /** Publishes in a process that dies before it can write down how that ended; its lease has run out then. */
  dieAfterSending(effect: Effect): Promise<void>;
}

export function publishingFlows(): PublishingFlows {
  let local: Local;
  let database: TestDatabase;
  let clock: TestClock;
  let store: Store;
  let watch: RequestWatch;
  let clients: GitHubClients;
  let repository: Repository;
  const nowhere = () => Promise.reject(new Error('no branch is published here'));
  const work: Work = {
    workspaces: { commits: nowhere, push: nowhere },
    of: { baseSha: '', replay: null, patches: [], asOne: null },
  };

  beforeAll(async () => {
    // All that a crew asks in an hour is asked here in a minute; limits are met as faults.
    const rateLimits = { perHour: 100_000, contentPerMinute: 10_000, contentPerHour: 10_000 };
    [local, database] = await Promise.all([startLocal({ rateLimits, strictTokens: true }), testDatabase()]);
    clock = testClock();
    store = createStore({ pool: database.pool, clock, newId: randomUUID, onCommitted: () => undefined });
    const { data: installations } = await appOctokit(local.github).rest.apps.listInstallations();
    repository = {
      id: (await local.github.snapshot(repoName)).repo.id,
      owner,
      name: repo,
      installationId: installations[0]?.id ?? 0,
      defaultBranch: 'main',
      private: false,
    };
    await store.repositories.save(repository);
  });
  beforeEach(() => {
    watch = watchRequests(local.github.apiUrl);
    clients = testClients({
      appId: app.id,
      privateKey: privateKeyPem,
      apiUrl: local.github.apiUrl,
      webUrl: local.github.url,
      fetch: watch.fetch,
      clock,
    });
  });
  afterEach(() => {
    local.github.setFaults([]);
    expect(watch.problems()).toEqual([]);
  });
  afterAll(async () => {
    expect(local.github.violations()).toEqual([]);
    await store.close();
    await database.drop();
    await local.stop();
  });

  const publisherOver = (ledger: Pick<Store, 'effects'>): Publisher =>
    createPublisher({
      store: ledger,
      clients,
      workspaces: work.workspaces,
      workOf: async () => work.of,
      redact: async (text) => text,
      clock,
      log: silentLog,
      owner: 'test/1/1',
      leaseMs: LEASE_MS,
      lookAgainMs: 5_000,
      random: () => 0,
    });

  return {
    get local() {
      return local;
    },
    get store() {
      return store;
    },
    get clients() {
      return clients;
    },
    get repository() {
      return repository;
    },
    get watch() {
      return watch;
    },
    work,
    async plan(action, key = randomUUID(), taskId) {
      const [effect] = await store.effects.plan([{ key, taskId: taskId ?? null, repository, action }]);
      if (effect === undefined) throw new Error('nothing was planned');
      return effect;
    },
    async settle(effect) {
      for (let sending = 1; sending <= SENDINGS_MAX; sending++) {
        await publisherOver(store).publish(effect.id);
        const now = await store.effects.get(effect.id);
        if (now === null || now.state === 'done' || now.state === 'failed') return now ?? effect;
        clock.advance(Math.max(0, Date.parse(now.dueAt) - clock.now().getTime()));
      }
      throw new Error(`${effect.action.kind} did not end in ${SENDINGS_MAX} sendings`);
    },
    async dieAfterSending(effect) {
      const killed = () => Promise.reject(new Error('killed'));
      const dying = { ...store.effects, done: killed, failed: killed };
      await expect(publisherOver({ effects: dying }).publish(effect.id)).rejects.toThrow('killed');
      clock.advance(LEASE_MS);
    },
  };
}
