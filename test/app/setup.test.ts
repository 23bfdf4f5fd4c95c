import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manifestOf } from '../../src/app/setup/manifest.ts';
import { createSetup } from '../../src/app/setup/setup.ts';
import { writeEnv } from '../../src/app/setup/write-env.ts';
import { ConfigError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/ports.ts';
import { silentLog } from '../support/silent-log.ts';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nxyz\n-----END RSA PRIVATE KEY-----\n';
const appYml = await readFile(new URL('../../app.yml', import.meta.url), 'utf8');
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** GitHub's side of the manifest flow, for one code. */
async function startGitHub(status = 201): Promise<{ readonly url: string; readonly codes: string[] }> {
  const codes: string[] = [];
  const app = new Hono();
  app.post('/app-manifests/:code/conversions', (c) => {
    codes.push(c.req.param('code'));
    return status === 201
      ? c.json(
          { id: 99, pem: PEM, webhook_secret: 'generated-secret', html_url: 'https://github.com/apps/x' },
          201,
        )
      : c.json({ message: 'Not Found' }, 404);
  });
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({ url: `http://127.0.0.1:${port}`, codes }),
    );
    ends.push(() => server.close());
  });
}

describe('the first start', () => {
  let envPath: string;
  let logged: object[];
  let created: object[];
  let now: Date;

  beforeEach(async () => {
    envPath = join(await mkdtemp(join(tmpdir(), 'crew-setup-')), 'state', '.env');
    logged = [];
    created = [];
    now = new Date('2026-01-01T00:00:00Z');
  });

  function start(githubApiUrl: string): { readonly app: Hono; readonly address: string } {
    const log: Log = { ...silentLog, info: (fields) => void logged.push(fields) };
    const app = createSetup({
      appYml,
      publicUrl: 'https://crew.example',
      githubUrl: 'https://github.com',
      githubApiUrl,
      envPath,
      log,
      now: () => now,
      onCreated: (credentials) => void created.push(credentials),
    });
    const { url } = logged[0] as { url: string };
    return { app, address: url.replace('https://crew.example', '') };
  }

  async function stateOf(app: Hono, address: string): Promise<string> {
    const page = await (await app.request(address)).text();
    return /state=([0-9a-f]+)/.exec(page)?.[1] ?? '';
  }

  it('shows what will be created, and takes over what GitHub made of it', async () => {
    const github = await startGitHub();
    const { app, address } = start(github.url);
    const page = await (await app.request(address)).text();
    const state = /action="https:\/\/github\.com\/settings\/apps\/new\?state=([0-9a-f]+)"/.exec(page)?.[1];

    const done = await app.request(`/setup/callback?code=abc&state=${state}`);

    expect(page).toContain('contents: write');
    expect(done.status).toBe(200);
    expect(await done.text()).toContain('https://github.com/apps/x/installations/new');
    expect(github.codes).toEqual(['abc']);
    expect(parseEnv(await readFile(envPath, 'utf8'))).toEqual({
      APP_ID: '99',
      PRIVATE_KEY: PEM.trimEnd(),
      WEBHOOK_SECRET: 'generated-secret',
    });
    expect((await stat(envPath)).mode & 0o777).toBe(0o600);
    expect(created).toEqual([{ appId: 99, privateKey: PEM, webhookSecret: 'generated-secret' }]);
    expect((await app.request(address)).status).toBe(410);
  });

  it('needs the token from the log', async () => {
    const { app } = start('http://127.0.0.1:1');

    expect((await app.request('/setup')).status).toBe(403);
    expect((await app.request('/setup?token=00000000000000000000000000000000')).status).toBe(403);
  });

  it('takes no code that was not asked for here, is used twice, or comes too late', async () => {
    const github = await startGitHub(404);
    const { app, address } = start(github.url);
    const state = await stateOf(app, address);
    const late = await stateOf(app, address);

    expect((await app.request('/setup/callback?code=abc&state=0')).status).toBe(403);
    expect((await app.request('/setup/callback?code=abc')).status).toBe(403);
    expect((await app.request(`/setup/callback?code=abc&state=${state}`)).status).toBe(502);
    expect((await app.request(`/setup/callback?code=abc&state=${state}`)).status).toBe(403);
    now = new Date(now.getTime() + 61 * 60_000);
    expect((await app.request(`/setup/callback?code=abc&state=${late}`)).status).toBe(403);
    expect(github.codes).toEqual(['abc']);
  });

  it('asks for the App in an organization, and lets no other text into the address', async () => {
    const { app, address } = start('http://127.0.0.1:1');

    expect(await (await app.request(`${address}&organization=acme`)).text()).toContain(
      'https://github.com/organizations/acme/settings/apps/new',
    );
    const hostile = await (
      await app.request(`${address}&organization=${encodeURIComponent('"><script>')}`)
    ).text();
    expect(hostile).toContain('https://github.com/settings/apps/new');
    expect(hostile).not.toContain('<script>');
  });

  it('sends the browser from the root to the set-up', async () => {
    const { app } = start('http://127.0.0.1:1');

    expect((await app.request('/')).headers.get('location')).toBe('/setup');
  });
});

describe('app.yml', () => {
  it('becomes a manifest with our addresses and no dangerous permission', () => {
    const manifest = manifestOf(appYml, 'https://crew.example');

    expect(manifest).toMatchObject({
      public: false,
      hook_attributes: { url: 'https://crew.example/api/github/webhooks', active: true },
      redirect_url: 'https://crew.example/setup/callback',
    });
    expect(Object.keys(manifest.default_permissions)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/workflows|administration/)]),
    );
  });

  it('that is wrong is refused with its name', () => {
    expect(() => manifestOf('name: 1', 'https://crew.example')).toThrow(ConfigError);
  });
});

describe('.env', () => {
  it('keeps what else stands in it, and replaces values over several lines', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'crew-env-')), '.env');
    await writeFile(path, '# mine\nPORT=4000\nAPP_ID=1\nPRIVATE_KEY="a\nb"\nLOG_LEVEL=debug\n');

    await writeEnv(path, { APP_ID: '2', PRIVATE_KEY: PEM });

    expect(parseEnv(await readFile(path, 'utf8'))).toEqual({
      PORT: '4000',
      LOG_LEVEL: 'debug',
      APP_ID: '2',
      PRIVATE_KEY: PEM.trimEnd(),
    });
    expect(await readFile(path, 'utf8')).toContain('# mine\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
