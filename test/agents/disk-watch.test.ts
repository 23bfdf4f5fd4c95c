// Commands that take up a disk, each in its way, on one that few others write to.
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/agents/sandbox/sandbox.ts';
import { BUBBLEWRAP_MISSING, hasBubblewrap } from '../support/bubblewrap.ts';

const MIB = 1024 ** 2;
const DISK = { maxBytes: 32 * MIB, maxFiles: 2_000 };
const LIMITS = { timeoutMs: 20_000, outputLimitBytes: 50_000 };
/** Then it goes on, and writes a little: what others give back at the same moment hides what it took. Unless it is ended it takes too long. */
const RESTS = 'echo rested; sleep 0.5; head -c 5M /dev/zero > more; sleep 30';
let sandbox: Sandbox;
let root = '';
let [cwd, tmpDir] = ['', ''];
beforeAll(async () => {
  sandbox = await createSandbox({ mode: 'off', disk: DISK });
  root = await mkdtemp('/dev/shm/disk-watch-');
});
beforeEach(async () => {
  cwd = await mkdtemp(join(root, 'work-'));
  tmpDir = await mkdtemp(join(root, 'tmp-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const run = (command: string, on = sandbox) => on.spawn(command, { cwd, tmpDir, ...LIMITS });
const ended = expect.objectContaining({
  exitCode: null,
  timedOut: false,
  aborted: false,
  output: 'rested\n\n[ended: it filled the disk beyond 0.0 GiB, or 2,000 files]\n',
});

test.each([
  ['one large file', 'head -c 40M /dev/zero > large'],
  ['many files', 'for i in $(seq 8); do head -c 5M /dev/zero > f$i; done'],
  ['its home', 'head -c 40M /dev/zero > ~/large'],
  ['very many empty files', 'mkdir n; for i in $(seq 2500); do : > n/$i; done'],
  ['a file that it has removed and holds open', 'exec 7> f; rm f; head -c 40M /dev/zero >&7'],
  [
    'such files, held by others that it started',
    '(exec 7> f; rm f; head -c 20M /dev/zero >&7; sleep 30) & (exec 7> g; rm g; head -c 20M /dev/zero >&7; sleep 30) &',
  ],
  ['some of both', 'head -c 20M /dev/zero > a; exec 7> f; rm f; head -c 20M /dev/zero >&7'],
])('ends a command that fills it with %s', async (_, fills) => {
  expect(await run(`${fills}\n${RESTS}`)).toEqual(ended);
});

test('leaves alone what stays below, and whoever works beside one that does not', async () => {
  const waits = 'head -c 20M /dev/zero > mine; until test -e go; do sleep 0.1; done; echo whole';
  const neighbour = run(waits);
  const other = await mkdtemp(join(root, 'other-'));
  const end = await sandbox.spawn(`exec 7> f; rm f; head -c 40M /dev/zero >&7; ${RESTS}`, {
    ...LIMITS,
    ...{ cwd: other, tmpDir: await mkdtemp(join(root, 'tmp-')) },
  });
  await writeFile(join(cwd, 'go'), '');

  expect(end).toEqual(ended);
  expect(await neighbour).toMatchObject({ exitCode: 0, output: 'whole\n' });
});

test('ends whoever is on a disk of which four times as much has gone, and nobody knows to whom', async () => {
  const running = run(`touch started; ${RESTS}`);
  await expect.poll(() => open(join(cwd, 'started')).then((file) => file.close())).toBeUndefined();
  const hoard = await mkdtemp(join(root, 'hoard-'));
  // After the first look.
  await new Promise((later) => setTimeout(later, 600));
  await writeFile(join(hoard, 'hoard'), Buffer.alloc(140 * MIB));

  expect(await running).toEqual(ended);
  await rm(hoard, { recursive: true });
});

test.skipIf(!hasBubblewrap)(`sees what a command in bubblewrap holds open${BUBBLEWRAP_MISSING}`, async () => {
  // Nothing is written to below /dev in there.
  const onDisk = await mkdtemp(join(tmpdir(), 'disk-watch-'));
  const boxed = await createSandbox({ mode: 'on', disk: DISK });

  const end = await boxed.spawn(`exec 7> f; rm f; head -c 40M /dev/zero >&7; ${RESTS}`, {
    ...LIMITS,
    cwd: onDisk,
  });

  expect(end).toEqual(ended);
  await rm(onDisk, { recursive: true });
});
