import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseConfig, readSettings } from '../src/config.ts';
import { ConfigError } from '../src/core/errors.ts';
import { environmentSchema } from '../src/settings.ts';

const root = join(import.meta.dirname, '..');
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----';

describe('the configuration', () => {
  it('reads .env.example as it stands, with the defaults that it shows', () => {
    const shown = parseConfig(parseEnv(readFileSync(join(root, '.env.example'), 'utf8')), false);

    expect({ ...shown, owner: '' }).toEqual({ ...parseConfig({}, false), owner: '' });
  });

  it('is shown whole by .env.example', () => {
    const settings = environmentSchema.keyof().options;
    const text = readFileSync(join(root, '.env.example'), 'utf8');

    expect(settings.length).toBeGreaterThan(20);
    expect(settings.filter((name) => name !== 'PATH' && !text.includes(name))).toEqual([]);
  });

  it('reports every wrong setting at once, by its name', () => {
    const wrong = () => parseConfig({ PORT: 'x', DATABASE_URL: 'mysql://x', CREW_SANDBOX: 'maybe' }, false);

    expect(wrong).toThrow(ConfigError);
    for (const name of ['DATABASE_URL', 'PORT', 'CREW_SANDBOX']) expect(wrong).toThrow(name);
  });

  it('reports the credentials together with the other settings, each with how to give it', () => {
    const given = { PORT: 'x', APP_ID: 'one', PRIVATE_KEY_PATH: '/no/such/key.pem', DATABASE_URL: 'x' };

    const { problems } = readSettings(given, false);

    expect(problems.map(({ setting }) => setting)).toEqual([
      'DATABASE_URL',
      'APP_ID',
      'PORT',
      'WEBHOOK_SECRET',
      'PRIVATE_KEY_PATH',
    ]);
    expect(() => parseConfig(given, false)).toThrow(
      /PORT is wrong: a number from 0 to 65535, such as 3000\n.*WEBHOOK_SECRET is missing: the secret on/,
    );
    expect(() => parseConfig(given, false)).toThrow(
      /DATABASE_URL is wrong: an address like postgres:\/\/user:password@host:5432\/name/,
    );
  });

  it.each([
    ['a private key that is none', { PRIVATE_KEY: 'none' }, 'PRIVATE_KEY holds no PEM'],
    ['a password that is not encoded', { DATABASE_URL: 'postgres://u:100%@db/x' }, 'DATABASE_URL is wrong'],
    ['prices without a part', { CREW_PRICES: '{"m":{"input":1}}' }, 'CREW_PRICES is wrong (m.output: '],
    [
      'a number that is empty of sense',
      { CREW_LEASE_SECONDS: '0' },
      'CREW_LEASE_SECONDS is wrong: a number from 1',
    ],
  ])('reports %s by name, without its value', (_, given, line) => {
    expect(() =>
      parseConfig({ APP_ID: '1', WEBHOOK_SECRET: 'a-secret', PRIVATE_KEY: PEM, ...given }, false),
    ).toThrow(line);
  });

  it('lets repositories ask for hosts by name, and for none unless it is said', () => {
    const allowed = (text: string) => parseConfig({ CREW_NETWORK_ALLOW: text }, false).networkAllow;

    expect(parseConfig({}, false).networkAllow).toEqual([]);
    expect(allowed('packages.example.com, *.Example.org')).toEqual(['packages.example.com', '*.example.org']);
    expect(() => allowed('packages.example.com,10.0.0.1')).toThrow(
      /CREW_NETWORK_ALLOW is wrong .*: names of hosts/,
    );
  });

  it('takes its defaults for what is wrong when asked to go on', () => {
    const { config } = readSettings({ PORT: 'x', CREW_BUDGET_USD: '3', APP_ID: '1' }, false);

    expect({ port: config.http.port, budgetUsd: config.budgetUsd, app: config.app }).toEqual({
      port: 3000,
      budgetUsd: 3,
      app: null,
    });
  });

  it('names settings that it does not know, with the one that was meant', () => {
    const given = {
      CREW_BUGDET_USD: '3',
      CREW_SANDBOX: 'on',
      CREW_IMAGE: 'x',
      CREW_OF_THE_SHIP: 'y',
      OTHER: 'z',
    };

    expect(readSettings(given, false).unknown).toEqual([
      { name: 'CREW_BUGDET_USD', meant: 'CREW_BUDGET_USD' },
      { name: 'CREW_OF_THE_SHIP', meant: null },
    ]);
  });

  it('says which credential is missing when only some are given', () => {
    expect(() => parseConfig({ APP_ID: '1', PRIVATE_KEY: PEM }, false)).toThrow(/WEBHOOK_SECRET is missing/);
  });

  it('reads a private key on one line or in base64, and several webhook secrets', () => {
    const base64 = Buffer.from(PEM).toString('base64');
    const given = { APP_ID: '1', WEBHOOK_SECRET: 'new-secret, old-secret' };

    const oneLine = parseConfig({ ...given, PRIVATE_KEY: PEM.replaceAll('\n', '\\n') }, false);

    expect(oneLine.app).toEqual({ id: 1, privateKey: PEM, webhookSecrets: ['new-secret', 'old-secret'] });
    expect(parseConfig({ ...given, PRIVATE_KEY: base64 }, false).app?.privateKey).toBe(PEM);
  });

  it.each([',', 'a-good-long-secret,', 'half,of-a-good-secret', 'good-secret-one,,good-secret-two'])(
    'names the comma when WEBHOOK_SECRET is %j',
    (secret) => {
      const given = { APP_ID: '1', PRIVATE_KEY: PEM, WEBHOOK_SECRET: secret };

      expect(() => parseConfig(given, false)).toThrow(ConfigError);
      expect(() => parseConfig(given, false)).toThrow(/WEBHOOK_SECRET is wrong \(its comma separates/);
    },
  );

  it('knows every secret, passwords in addresses included', () => {
    const { secrets } = parseConfig(
      { DATABASE_URL: 'postgres://crew:p%40ss-word@db/crew', ANTHROPIC_API_KEY: 'key-of-the-model' },
      false,
    );

    expect(secrets).toEqual(['key-of-the-model', 'p@ss-word']);
  });
});
