/** A sandbox that is not there, in the ways in which one is missing: nothing that works on code starts without it, and none runs it unboxed. */
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { freePorts } from '../../demo/free-ports.ts';
import { BUBBLEWRAP_MISSING, hasBubblewrap } from '../support/bubblewrap.ts';
import { endOf, startCrewProcess } from '../support/crew-process.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { trial } from './trial.ts';

const INSTALL = 'apt-get install bubblewrap socat ripgrep';
const ALLOW = 'Bubblewrap needs user namespaces';
const BWRAP = '/usr/bin/bwrap';

let dir: string;
let database: TestDatabase;
const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-no-sandbox-'));
  database = await testDatabase();
});
afterAll(async () => {
  await database?.drop();
  if (dir) await rm(dir, { recursive: true, force: true });
});

interface Lack {
  readonly how: string;
  readonly remedy: string;
  /** Programs on the PATH of the process; all of them unless said. */
  readonly programs?: readonly string[];
  /** A script in bubblewrap's place. */
  readonly instead?: string;
  /** What is done in namespaces of its own before the process starts. */
  readonly before?: string;
  /** The trial command is waited for in vain. */
  readonly isSlow?: boolean;
}

const LACKS: readonly Lack[] = [
  { how: 'no bubblewrap on the PATH', remedy: INSTALL, programs: ['git', 'rg', 'socat', 'bash', 'sh', 'du'] },
  { how: 'no ripgrep on the PATH', remedy: INSTALL, programs: ['git', 'bwrap', 'socat', 'bash', 'sh', 'du'] },
  {
    how: 'a bubblewrap that fails',
    remedy: ALLOW,
    instead: 'echo "bwrap: No permissions to create a new namespace" >&2\nexit 1',
  },
  { how: 'a bubblewrap that hangs', remedy: ALLOW, instead: 'exec sleep 60', isSlow: true },
  {
    how: 'a bubblewrap that runs commands unboxed',
    remedy: ALLOW,
    instead: 'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"',
  },
  {
    how: 'a bubblewrap that leaves the network',
    remedy: ALLOW,
    instead: `for word; do shift; [ "$word" = --unshare-net ] || set -- "$@" "$word"; done\nexec ${BWRAP}.real "$@"`,
  },
  { how: 'no user namespaces', remedy: ALLOW, before: 'echo 0 > /proc/sys/user/max_user_namespaces' },
];

describe.skipIf(!hasBubblewrap)(`a sandbox that is not there${BUBBLEWRAP_MISSING}`, () => {
  trial(
    'lets nothing start to work, and it says what to do',
    { full: { verbs: ['worker', 'start'], lacks: LACKS.length }, short: { verbs: ['worker'], lacks: 1 } },
    async ({ size, random, count }) => {
      const key = pem();
      let refused = 0;
      const lacks = LACKS.filter(({ isSlow = false }) => !isSlow || size.lacks === LACKS.length);
      for (const lack of random.shuffled(lacks).slice(0, size.lacks)) {
        for (const verb of size.verbs) {
          const { status, stdout, stderr, ready } = await tryToStart(verb, lack, key);
          const printed = `${stdout}\n${stderr}`;
          expect
            .soft({ lack: lack.how, verb, status, ready })
            .toEqual({ lack: lack.how, verb, status: 1, ready: false });
          expect.soft(printed, lack.how).toContain('The sandbox does not work: ');
          expect.soft(printed, lack.how).toContain(lack.remedy);
          expect.soft(printed, lack.how).not.toContain('the crew is up');
          refused += status === 1 ? 1 : 0;
        }
      }
      count({ starts: size.lacks * size.verbs.length, refused });
    },
  );
});

async function tryToStart(verb: string, lack: Lack, key: string) {
  const stateDir = await mkdtemp(join(dir, 'state-'));
  const [port] = await freePorts(1);
  const environment = {
    APP_ID: '1',
    PRIVATE_KEY: key,
    WEBHOOK_SECRET: 'secret-of-the-webhooks',
    ANTHROPIC_API_KEY: 'key-of-the-model',
    DATABASE_URL: database.url,
    CREW_STATE_DIR: stateDir,
    PORT: String(port),
    // Nothing of it is asked before the sandbox was tried.
    GITHUB_API_URL: 'http://127.0.0.1:9',
    ...(lack.programs === undefined ? {} : { PATH: await pathOf(lack.programs, stateDir) }),
  };
  const before = lack.instead === undefined ? lack.before : await inPlaceOfBubblewrap(lack.instead, stateDir);
  const started = startCrewProcess(
    'src/crew.js',
    [verb],
    environment,
    stateDir,
    undefined,
    inNamespaces(before),
  );
  let ready = false;
  let running = true;
  const ended = endOf(started).finally(() => {
    running = false;
  });
  const url = `http://127.0.0.1:${port}/readyz`;
  while (running && !ready) {
    ready = (await fetch(url).catch(() => null))?.status === 200;
    if (!ready) await Promise.race([ended, new Promise((later) => setTimeout(later, 100))]);
  }
  if (ready) started.signal('SIGKILL');
  return { ...(await ended), ready };
}

/** A folder of some programs and no others. */
async function pathOf(programs: readonly string[], stateDir: string): Promise<string> {
  const folder = join(stateDir, 'bin');
  await mkdir(folder);
  for (const name of programs) await symlink(`/usr/bin/${name}`, join(folder, name));
  return [folder, dirname(process.execPath)].join(delimiter);
}

/** For a shell that may mount: the script stands where everybody looks for bubblewrap, for the process alone. */
async function inPlaceOfBubblewrap(script: string, stateDir: string): Promise<string> {
  const path = join(stateDir, 'bwrap');
  const real = join(stateDir, 'bwrap.real');
  await writeFile(path, `#!/bin/bash\n${script.replaceAll(`${BWRAP}.real`, real)}\n`);
  await writeFile(real, '');
  await chmod(path, 0o755);
  return `mount --bind ${BWRAP} ${real} && mount --bind ${path} ${BWRAP}`;
}

function inNamespaces(before: string | undefined): readonly string[] {
  return before === undefined ? [] : ['unshare', '-Urm', '/bin/sh', '-c', `${before} && exec "$@"`, 'sh'];
}
