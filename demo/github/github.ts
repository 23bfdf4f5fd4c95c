// A local GitHub over bare git repositories that an unmodified Octokit, git and Probot cannot tell from the real one, for
// all that the crew uses of it. Started as a library here, or as a process by main.ts.
import { createPublicKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { Conformance, type Violation } from './conformance.ts';
import { syncRefs } from './deeds/refs.ts';
import { type Fault, Faults, type Harm } from './faults.ts';
import { Git } from './git.ts';
import { Human } from './human.ts';
import { defaultRateLimits, Limits, type RateLimits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type { DeliveryDoc, TokenDoc } from './records.ts';
import { appOwnerLogin } from './render/accounts.ts';
import { type RepoSeed, seedRepository } from './seed.ts';
import { createSite } from './site.ts';
import { writeHooks } from './smart-http.ts';
import { type RepoSnapshot, snapshotOf } from './snapshot.ts';
import { Store } from './state.ts';
import { type AppOptions, botLogin, ensureUser, type RequestWatcher, userOf, type World } from './world.ts';

export interface GitHubOptions {
  /** State and bare repositories live here; starting again on the same directory continues. */
  readonly dir: string;
  readonly port?: number;
  readonly host?: string;
  readonly app: AppOptions;
  readonly openapiPath?: string;
  readonly rateLimits?: Partial<RateLimits>;
  readonly clock?: () => Date;
  /** Refuses tokens that are wider than what they are used for, and counts each as a violation. */
  readonly strictTokens?: boolean;
}

export interface GitHub {
  /** Pages and git: `<url>/<owner>/<name>` and `<url>/<owner>/<name>.git`. */
  readonly url: string;
  /** REST, as on Enterprise Server; GraphQL is at `<url>/api/graphql`. */
  readonly apiUrl: string;
  readonly port: number;
  /** Imports a repository; doing so again under the same name gives the known one. */
  seedRepository(seed: RepoSeed): Promise<{ readonly id: number; readonly gitDir: string }>;
  /** The bare repository on disk, for git by hand; tell of moved refs with `as(login).push(repo)`. */
  gitDir(repo: string): string;
  /** A person, made known by being named, who acts as on the web pages. */
  as(login: string): Human;
  /** Everything that stands in `owner/name`, as plain data. */
  snapshot(repo: string): Promise<RepoSnapshot>;
  /** Every installation token that was minted and has not expired, oldest first. */
  tokens(): readonly TokenDoc[];
  /** Every attempt to deliver a webhook, those of installations included, oldest first. */
  deliveries(): readonly DeliveryDoc[];
  /** Tells of every request from now on, until what is answered is called. */
  watch(watcher: RequestWatcher): () => void;
  /** Replaces all faults; an empty list heals. */
  setFaults(faults: readonly Fault[], seed?: number): void;
  /** What faults have come to since the start. */
  harm(): Readonly<Harm>;
  setWebhookUrl(url: string | null): Promise<void>;
  /** A one-time code for POST /app-manifests/{code}/conversions. */
  registerManifest(manifest: Readonly<Record<string, unknown>>): Promise<string>;
  violations(): readonly Violation[];
  /** True when no webhook waits or is being sent. */
  idle(): boolean;
  close(): Promise<void>;
}

export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  await mkdir(options.dir, { recursive: true });
  const host = options.host ?? '127.0.0.1';
  const clock = options.clock ?? (() => new Date());
  const store = new Store(options.dir);
  const faults = new Faults();
  const outbox = new Outbox({ store, faults, appId: options.app.id, clock });
  const urls = { html: '', api: '' };
  const world: World = {
    app: {
      ...options.app,
      clientId: `Iv23li${options.app.id}`,
      publicKeyPem: publicHalf(options.app.privateKeyPem),
    },
    urls,
    store,
    git: new Git(join(options.dir, 'repositories')),
    outbox,
    conformance: new Conformance(options.openapiPath),
    faults,
    limits: new Limits({ ...defaultRateLimits, ...options.rateLimits }, clock),
    clock,
    strictTokens: options.strictTokens ?? false,
    watchers: new Set(),
  };
  const site = createSite(world, await writeHooks(options.dir));
  const server = await listen(site.fetch, host, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  urls.html = `http://${host}:${port}`;
  urls.api = `${urls.html}/api/v3`;
  await prepare(world);
  return handle(world, server, port);
}

function publicHalf(pem: string): string {
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
}

type Fetch = ReturnType<typeof createSite>['fetch'];

function listen(fetch: Fetch, hostname: string, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port, overrideGlobalObjects: false }, () => resolve(server));
    server.once('error', reject);
  });
}

/** The App's accounts and hook exist; pushes that a SIGKILL cut in two are told now; the outbox starts. */
async function prepare(world: World): Promise<void> {
  const { app, store } = world;
  await store.write((tx) => {
    ensureUser(world, tx, appOwnerLogin(world));
    ensureUser(world, tx, botLogin(world));
    const known = tx.get('hook', 1);
    const url = app.webhookUrl ?? known?.url ?? null;
    tx.put('hook', { id: 1, url, secret: app.webhookSecret, contentType: 'json' });
  });
  for (const repo of store.list('repo')) {
    await store.write(async (tx) => {
      const actor = userOf(tx, repo.pushing?.login ?? repo.owner);
      await syncRefs({ world, tx, actor, viaApp: repo.pushing?.viaApp ?? false }, repo.id);
    });
  }
  world.outbox.kick();
}

function handle(world: World, server: ServerType, port: number): GitHub {
  const { store, outbox } = world;
  return {
    url: world.urls.html,
    apiUrl: world.urls.api,
    port,
    seedRepository: (seed) => seedRepository(world, seed),
    gitDir: (repo) => {
      const [owner = '', name = ''] = repo.split('/');
      return world.git.dirOf({ owner, name });
    },
    as: (login) => new Human(world, login),
    snapshot: (repo) => snapshotOf(world, repo),
    tokens: () => store.list('token'),
    deliveries: () => store.list('delivery'),
    watch: (watcher) => {
      world.watchers.add(watcher);
      return () => void world.watchers.delete(watcher);
    },
    setFaults: (faults, seed) => world.faults.set(faults, seed),
    harm: () => world.faults.harm(),
    setWebhookUrl: async (url) => {
      await store.write((tx) => {
        const hook = tx.get('hook', 1);
        if (hook) tx.put('hook', { ...hook, url });
      });
      outbox.kick();
    },
    registerManifest: async (manifest) => {
      const code = crypto.randomUUID().replaceAll('-', '');
      await store.write((tx) => tx.put('manifest', { id: tx.nextId(), code, manifest }));
      return code;
    },
    violations: () => world.conformance.violations(),
    idle: () => outbox.idle(),
    close: () => close(world, server),
  };
}

async function close(world: World, server: ServerType): Promise<void> {
  world.outbox.stop();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  if ('closeAllConnections' in server) server.closeAllConnections();
  await closed;
  // The last writer has ended once an empty write gets its turn.
  await world.store.write(() => undefined);
  world.store.close();
}
