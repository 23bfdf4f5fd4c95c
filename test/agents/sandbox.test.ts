// Commands in and out of the sandbox, really run.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { probeSandbox } from '../../src/agents/sandbox/probe-sandbox.ts';
import { createSandbox, type Sandbox, SYSTEM_PATH } from '../../src/agents/sandbox/sandbox.ts';
import { BUBBLEWRAP_MISSING, hasBubblewrap } from '../support/bubblewrap.ts';

const MODES = ['off', ...(hasBubblewrap ? (['on'] as const) : [])] as const;

let root = '';
let cwd = '';
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'sandbox-test-')));
});
beforeEach(async () => {
  cwd = await mkdtemp(join(root, 'work-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const LIMITS = { timeoutMs: 20_000, outputLimitBytes: 50_000 };

/** Whether a process with this marker in its arguments runs. */
function runs(marker: string): boolean {
  return execFileSync('ps', ['-eo', 'args']).toString().includes(marker);
}

let markers = 0;
/** A number of seconds that no other process sleeps. */
const marker = () => `9${process.pid}${String(markers++).padStart(3, '0')}`;

describe.each(MODES)('sandbox %s', (mode) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ mode, path: SYSTEM_PATH });
  });

  test('a command writes to its folder and answers exit code and output of both streams in order', async () => {
    const result = await sandbox.spawn('echo one; echo two >&2; echo three > made; exit 3', {
      cwd,
      ...LIMITS,
    });

    expect(result).toEqual({
      exitCode: 3,
      timedOut: false,
      aborted: false,
      output: 'one\ntwo\n',
      omittedBytes: 0,
    });
    expect(await readFile(join(cwd, 'made'), 'utf8')).toBe('three\n');
  });

  test('the environment is a list of its own, with a home that is gone afterwards', async () => {
    const { output } = await sandbox.spawn('env', { cwd, env: { EXTRA: 'yes' }, ...LIMITS });

    const env = Object.fromEntries(
      output
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
    expect(env).toEqual({
      PATH: `${SYSTEM_PATH}:${dirname(process.execPath)}`,
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      CI: 'true',
      EXTRA: 'yes',
      HOME: expect.stringContaining('crew-command-'),
      TMPDIR: env.HOME,
      PWD: cwd,
      SHLVL: expect.any(String),
      _: expect.any(String),
    });
    expect(existsSync(String(env.HOME))).toBe(false);
  });

  test('a program in the work never stands in for one on the path', async () => {
    await writeFile(join(cwd, 'bwrap'), '#!/bin/sh\necho hijacked\n', { mode: 0o755 });

    const { output } = await sandbox.spawn('echo fine', {
      cwd,
      env: { PATH: `:.:${cwd}:${SYSTEM_PATH}` },
      ...LIMITS,
    });

    expect(output).toBe('fine\n');
  });

  test('the time limit ends the command, what it started, and what ignores SIGTERM', async () => {
    const seconds = marker();
    const command = `trap '' TERM; (trap '' TERM; sleep ${seconds}) & echo started; sleep ${seconds}`;

    const result = await sandbox.spawn(command, { cwd, ...LIMITS, timeoutMs: 500 });

    expect(result).toMatchObject({ exitCode: null, timedOut: true, aborted: false });
    await vi.waitFor(() => expect(runs(`sleep ${seconds}`)).toBe(false));
  });

  test('an abort ends the command; one that came before starts nothing', async () => {
    const seconds = marker();
    const abort = new AbortController();
    const running = sandbox.spawn(`touch started; sleep ${seconds}`, {
      cwd,
      signal: abort.signal,
      ...LIMITS,
    });
    await vi.waitFor(() => expect(existsSync(join(cwd, 'started'))).toBe(true), 10_000);
    abort.abort();

    expect(await running).toMatchObject({ exitCode: null, timedOut: false, aborted: true });
    await vi.waitFor(() => expect(runs(`sleep ${seconds}`)).toBe(false));
    const again = await sandbox.spawn('touch again', { cwd, signal: abort.signal, ...LIMITS });
    expect(again).toMatchObject({ exitCode: null, aborted: true });
    expect(existsSync(join(cwd, 'again'))).toBe(false);
  });

  test('what a command leaves in the background ends with it and does not hold up the answer', async () => {
    const seconds = marker();

    const result = await sandbox.spawn(`sleep ${seconds} & echo done`, { cwd, ...LIMITS });

    expect(result).toMatchObject({ exitCode: 0, output: 'done\n' });
    await vi.waitFor(() => expect(runs(`sleep ${seconds}`)).toBe(false));
  });

  test('the end of a long output is kept and the rest is counted', async () => {
    const result = await sandbox.spawn('seq 1 200000; echo the end', {
      cwd,
      ...LIMITS,
      outputLimitBytes: 1_000,
    });

    expect(Buffer.byteLength(result.output)).toBe(1_000);
    expect(result.output.endsWith('200000\nthe end\n')).toBe(true);
    expect(result.omittedBytes).toBe(1_288_895 + 8 - 1_000);
  });

  test('a command that is too long is refused with what to do instead', async () => {
    await expect(sandbox.spawn('x'.repeat(20_000), { cwd, ...LIMITS })).rejects.toThrow('put it into a file');
  });

  test('Node runs in it, with child processes', async () => {
    const script = `node -e "require('child_process').execFileSync(process.execPath, ['-e', 'console.log(6*7)'], {stdio: 'inherit'})"`;

    const { output } = await sandbox.spawn(script, {
      cwd,
      env: { PATH: dirname(process.execPath) },
      ...LIMITS,
    });

    expect(output).toBe('42\n');
  });
});

describe.skipIf(!hasBubblewrap)(`sandbox on${BUBBLEWRAP_MISSING}`, () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({ mode: 'on' });
  });

  test('a trial says that it works', async () => {
    expect(await probeSandbox()).toEqual({ works: true, problem: null, remedy: null });
  });

  test('neither neighbours, nor secrets of the machine, nor other processes are seen', async () => {
    await writeFile(join(root, 'neighbour'), 'secret');
    const command = `cat ${root}/neighbour /etc/shadow /proc/${process.pid}/environ ~root/.bashrc; ls ${root}; ls -d /proc/[0-9]* | wc -l`;

    const { output } = await sandbox.spawn(command, { cwd, ...LIMITS });

    expect(output).not.toContain('secret');
    expect(output.match(/No such file or directory/g)).toHaveLength(4);
    expect(output.trim().split('\n').slice(-2, -1)).toEqual([cwd.slice(root.length + 1)]);
    expect(Number(output.trim().split('\n').at(-1))).toBeLessThan(12);
  });

  test('nothing is written outside of the work and its own folder for temporary files', async () => {
    const command = `touch ../x ${root}/x /usr/x /tmp/claude/x; echo kept > "$HOME/x"; ln -s ${root} out && touch out/x`;

    const tmpDir = await mkdtemp(join(root, 'tmp-'));
    await mkdir(join(cwd, 'tree'));
    await sandbox.spawn(command, { cwd: join(cwd, 'tree'), tmpDir, ...LIMITS });

    for (const path of [join(cwd, 'x'), join(root, 'x'), '/usr/x', '/tmp/claude/x'])
      expect(existsSync(path)).toBe(false);
    expect(await readFile(join(tmpDir, 'x'), 'utf8')).toBe('kept\n');
  });

  test('neither shared memory nor keyrings of whoever started it are seen', async () => {
    const memory = execFileSync('perl', [
      '-e',
      '$i = shmget(IPC_PRIVATE, 100, 01600); shmwrite($i, "secret", 0, 6); print $i',
    ]);
    const call = process.arch === 'arm64' ? 219 : 250;
    // KEYCTL_GET_KEYRING_ID of the session, and KEYCTL_READ of what is there.
    const command = `perl -e 'shmread(${memory}, $b, 0, 6) and print $b; print "keys" if syscall(${call}, 0, -3, 0) >= 0'; wc -l < /proc/sysvipc/shm`;

    const { output } = await sandbox.spawn(command, { cwd, ...LIMITS });
    execFileSync('perl', ['-e', `shmctl(${memory}, 0, 0)`]);

    expect(output).toBe('1\n');
  });

  test('a command whose quotes make it too long is refused with what to do instead', async () => {
    await expect(sandbox.spawn(`: ${"'".repeat(15_000)}`, { cwd, ...LIMITS })).rejects.toThrow(
      'put it into a file',
    );
  });

  test('there is no network, not even to this machine', async () => {
    let connections = 0;
    const server = createServer(() => connections++).listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.address()).not.toBeNull());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;

    const { output } = await sandbox.spawn(`exec 3<>/dev/tcp/127.0.0.1/${port} && echo connected`, {
      cwd,
      ...LIMITS,
    });
    server.close();

    expect(output).not.toContain('connected\n');
    expect(connections).toBe(0);
  });

  test('a folder of tools on the path is readable with its libraries, what is beside them is not', async () => {
    for (const dir of ['tools/bin', 'tools/lib']) await mkdir(join(root, dir), { recursive: true });
    await writeFile(join(root, 'tools/credentials'), 'secret');
    await writeFile(join(root, 'tools/lib/data'), 'library\n');
    const tool = `#!/bin/sh\ncat ${root}/tools/lib/data ${root}/tools/credentials\n`;
    await writeFile(join(root, 'tools/bin/tool'), tool, { mode: 0o755 });

    const { output } = await sandbox.spawn('tool', {
      cwd,
      env: { PATH: `${root}/tools/bin:${SYSTEM_PATH}` },
      ...LIMITS,
    });

    expect(output).toMatch(/^library\n.*No such file/);
  });

  test('a daemon that left its group and session ends with the command', async () => {
    const seconds = marker();

    await sandbox.spawn(`setsid -f sleep ${seconds}; sleep 0.2`, { cwd, ...LIMITS });

    await vi.waitFor(() => expect(runs(`sleep ${seconds}`)).toBe(false));
  });
});
