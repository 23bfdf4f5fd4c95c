/** The App's credentials out of the settings: complete, or absent, or with what is wrong with them. */
import { readFileSync } from 'node:fs';
import type { AppCredentials } from './config.ts';
import { errorMessage } from './core/errors.ts';
import type { SettingProblem } from './setting-problems.ts';
import { problemWith } from './setting-problems.ts';
import type { Settings } from './settings.ts';

interface Credentials {
  readonly app: AppCredentials | null;
  readonly problems: readonly SettingProblem[];
}

/** All three or none; one that was `refused` already is not called missing as well. */
export function credentials(settings: Settings, refused: ReadonlySet<string>): Credentials {
  const { APP_ID, WEBHOOK_SECRET } = settings;
  const { pem, problem } = privateKeyOf(settings);
  const names = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET'] as const;
  const values = [APP_ID, pem, WEBHOOK_SECRET];
  if (
    problem === null &&
    values.every((value, index) => value === undefined && !refused.has(names[index] ?? ''))
  ) {
    return { app: null, problems: [] };
  }
  const missing = names
    .filter((name, index) => values[index] === undefined && !refused.has(name))
    .filter((name) => name !== 'PRIVATE_KEY' || problem === null)
    .map((name) => problemWith(name, 'is missing'));
  const problems = problem === null ? missing : [...missing, problem];
  if (APP_ID === undefined || pem === undefined || WEBHOOK_SECRET === undefined)
    return { app: null, problems };
  return { app: { id: APP_ID, privateKey: pem, webhookSecrets: commaSeparated(WEBHOOK_SECRET) }, problems };
}

interface PrivateKey {
  readonly pem: string | undefined;
  readonly problem: SettingProblem | null;
}

/** A PEM on one line with `\n` in it, or in base64, as platforms' secret stores hold it, is read too. */
function privateKeyOf(settings: Settings): PrivateKey {
  const path = settings.PRIVATE_KEY === undefined ? settings.PRIVATE_KEY_PATH : undefined;
  const name = path === undefined ? 'PRIVATE_KEY' : 'PRIVATE_KEY_PATH';
  let text: string | undefined;
  try {
    text = path === undefined ? settings.PRIVATE_KEY : readFileSync(path, 'utf8');
  } catch (error) {
    return { pem: undefined, problem: problemWith(name, `cannot be read (${errorMessage(error)})`) };
  }
  if (text === undefined) return { pem: undefined, problem: null };
  const pem = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('utf8');
  if (!pem.includes('-----BEGIN')) return { pem: undefined, problem: problemWith(name, 'holds no PEM') };
  return { pem: pem.replaceAll('\\n', '\n'), problem: null };
}

export function commaSeparated(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
