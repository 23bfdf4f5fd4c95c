/** What `crew doctor` finds, against what it may be given: none of these needs a database or the network. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Environment } from '../../src/config.ts';
import { readSettings } from '../../src/config.ts';
import { examineDatabase, examineStateDir } from '../../src/wire/doctor/database.ts';
import { examineGitHub } from '../../src/wire/doctor/github.ts';
import { examinePort } from '../../src/wire/doctor/port.ts';
import { examineSettings } from '../../src/wire/doctor/settings.ts';
import { examine } from '../../src/wire/doctor.ts';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----';
const CLI = join(import.meta.dirname, '../../src/cli.ts');
const silent = pino({ level: 'silent' });

let dir: string;
let unwritable: string;
let port: number;
const server = createServer((_, response) => response.writeHead(404).end('not the crew'));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-doctor-'));
  await writeFile(join(dir, 'file'), '');
  unwritable = join(dir, 'file', 'state');
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  await rm(dir, { recursive: true, force: true });
});

const read = (environment: Environment) => readSettings(environment, false);
const config = (environment: Environment) => read(environment).config;

describe('crew doctor', () => {
  it.each([
    [
      'the secret that everybody knows',
      { WEBHOOK_SECRET: 'development' },
      /"development", which everybody knows/,
    ],
    ['a short secret', { WEBHOOK_SECRET: 'short' }, /webhook secret is too short/],
    ['a role that the crew lacks', { CREW_ROLES: 'backend,cook' }, /CREW_ROLES names cook; the crew has/],
    ['a model without a price', { CREW_MODEL_TIER2: 'my-model' }, /no price for the model my-model/],
  ])('finds %s as wrong as the start does', async (_, given, detail) => {
    const findings = await examineSettings(
      read({ APP_ID: '1', PRIVATE_KEY: PEM, WEBHOOK_SECRET: 'a-good-long-secret', ...given }),
    );

    expect(findings).toEqual([
      {
        subject: 'settings',
        state: 'wrong',
        detail: expect.stringMatching(detail),
        remedy: expect.stringMatching(/\w/),
      },
    ]);
  });

  it('finds a bad secret also while the other credentials are missing', async () => {
    const findings = await examineSettings(read({ WEBHOOK_SECRET: 'development' }));

    expect(findings.map(({ detail }) => detail)).toEqual([
      'APP_ID is missing',
      'PRIVATE_KEY is missing',
      expect.stringMatching(/everybody knows/),
    ]);
  });

  it('warns of names that it does not know, and calls the rest good', async () => {
    expect(await examineSettings(read({ CREW_ROLE: 'backend' }))).toEqual([
      { subject: 'settings', state: 'good', detail: 'all readable', remedy: '' },
      {
        subject: 'settings',
        state: 'warning',
        detail: 'there is no setting CREW_ROLE',
        remedy: 'Did you mean CREW_ROLES?',
      },
    ]);
  });

  it('warns of a limit on spending that a lower one ends early', async () => {
    const findings = await examineSettings(read({ CREW_BUDGET_USD: '20', CREW_BUDGET_MONTH_USD: '10' }));

    expect(findings.at(-1)).toEqual({
      subject: 'settings',
      state: 'warning',
      detail: 'CREW_BUDGET_USD is more than CREW_BUDGET_MONTH_USD',
      remedy: 'Raise CREW_BUDGET_MONTH_USD, or lower CREW_BUDGET_USD.',
    });
  });

  it('says of each wrong setting how to give it, and goes on with what needs none of them', async () => {
    const given = { DATABASE_URL: 'x', PORT: 'x', APP_ID: '1', CREW_SANDBOX: 'off', CREW_STATE_DIR: dir };

    const findings = await examine(read({ ...given, PATH: process.env.PATH }), silent);

    const states = findings.map(({ subject, state }) => `${subject}: ${state}`);
    expect(states.filter((line) => line === 'settings: wrong')).toHaveLength(4);
    expect(states).toEqual(
      expect.arrayContaining(['git: good', 'sandbox: warning', 'state directory: good', 'model: wrong']),
    );
    expect(findings.find(({ subject }) => subject === 'database')?.detail).toBe('not looked at');
    expect(findings.find(({ detail }) => detail === 'PORT is wrong')?.remedy).toBe(
      'Set PORT to a number from 0 to 65535, such as 3000.',
    );
  });

  it('names CREW_STATE_DIR when the embedded database has no place to be', async () => {
    const [state] = await examineStateDir(config({ CREW_STATE_DIR: unwritable }));
    const [database] = await examineDatabase(config({ CREW_STATE_DIR: unwritable }), silent);

    for (const finding of [state, database]) {
      expect(finding).toMatchObject({ state: 'wrong', remedy: expect.stringContaining('CREW_STATE_DIR') });
    }
  });

  it('names GITHUB_API_URL and the network when GitHub does not answer', async () => {
    const [finding, ...others] = await examineGitHub(
      config({ GITHUB_API_URL: 'http://127.0.0.1:1' }),
      silent,
    );

    expect(finding).toMatchObject({ subject: 'GitHub', state: 'wrong' });
    expect(finding?.remedy).toMatch(/GITHUB_API_URL.*network/);
    expect(others).toEqual([]);
  });

  it('says that the port is taken, and by whom when it is a crew', async () => {
    const taken = await examinePort(config({ PORT: String(port) }));
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.end('{"status":"ok"}'));
    const ours = await examinePort(config({ PORT: String(port) }));

    expect(taken).toEqual([
      expect.objectContaining({
        state: 'wrong',
        detail: expect.stringContaining('is taken by another program'),
      }),
    ]);
    expect(ours).toEqual([expect.objectContaining({ state: 'good' })]);
    expect(await examinePort(config({ PORT: '0' }))).toEqual([expect.objectContaining({ state: 'good' })]);
  });
});

it.each(['start', 'demo', 'migrate'])(
  'crew %s says in one sentence that the state directory cannot be written',
  async (command) => {
    const { status, stderr } = await crew(command, { CREW_STATE_DIR: unwritable });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^CREW_STATE_DIR: .* cannot be written, since .* is not a folder\. Set .*\n$/);
  },
  20_000,
);

function crew(command: string, environment: Environment): Promise<{ status: unknown; stderr: string }> {
  return new Promise((ended) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', CLI, command],
      { cwd: dir, env: environment, encoding: 'utf8' },
      (error, _, stderr) => ended({ status: error?.code ?? 0, stderr }),
    );
  });
}
