import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { ConfigError } from '../src/core/errors.ts';

const root = join(import.meta.dirname, '..');
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----';

describe('the configuration', () => {
  it('reads .env.example as it stands, with the defaults that it shows', () => {
    const shown = parseConfig(parseEnv(readFileSync(join(root, '.env.example'), 'utf8')), false);

    expect({ ...shown, owner: '' }).toEqual({ ...parseConfig({}, false), owner: '' });
  });

  it('is shown whole by .env.example', () => {
    const source = readFileSync(join(root, 'src/config.ts'), 'utf8');
    const settings = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]);
    const text = readFileSync(join(root, '.env.example'), 'utf8');

    expect(settings.length).toBeGreaterThan(20);
    expect(settings.filter((name) => name !== 'PATH' && !text.includes(name ?? ''))).toEqual([]);
  });

  it('reports every wrong setting at once, by its name', () => {
    const wrong = () => parseConfig({ PORT: 'x', DATABASE_URL: 'mysql://x', CREW_SANDBOX: 'maybe' }, false);

    expect(wrong).toThrow(ConfigError);
    for (const name of ['DATABASE_URL', 'PORT', 'CREW_SANDBOX']) expect(wrong).toThrow(name);
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
      expect(() => parseConfig(given, false)).toThrow(/WEBHOOK_SECRET: its comma separates/);
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
