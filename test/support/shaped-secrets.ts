/**
 * Secrets of other people, made by chance: nobody knows their values, only what such secrets look like. Knows nothing of how they
 * are looked for.
 */
import type { Random } from './random.ts';
import type { MadeSecret } from './written-secrets.ts';

export interface ShapedSecret extends MadeSecret {
  /** As it stands in a text. */
  readonly text: string;
}

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const BASE62 = `${CAPITALS}${CAPITALS.toLowerCase()}${DIGITS}`;
const LINES_OF_KEY = 25;

/** One of each kind. */
export function shapedSecrets(random: Random): readonly ShapedSecret[] {
  const of = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet[random.between(0, alphabet.length - 1)] ?? '').join('');
  const made = (kind: string, value: string, known = 0, text = value): ShapedSecret => ({
    kind,
    value,
    known,
    text,
  });
  const aws = of(BASE62, 40);
  const password = of(BASE62, 20);
  const lines = Array.from(
    { length: LINES_OF_KEY },
    (_, at) => (at === 0 ? 'MIIEpAIB' : '') + of(BASE62, 64),
  );
  const key = lines.join('\n');
  return [
    made('key of AWS', aws, 0, `AWS_ACCESS_KEY_ID=AKIA${of(CAPITALS, 16)} AWS_SECRET_ACCESS_KEY=${aws}`),
    made('personal token of somebody', `ghp_${of(BASE62, 36)}`, 4),
    made('fine-grained token of somebody', `github_pat_${of(BASE62, 22)}_${of(BASE62, 59)}`, 11),
    made('token of Slack', `xoxb-${of(DIGITS, 12)}-${of(DIGITS, 12)}-${of(BASE62, 24)}`, 5),
    made('token of npm', `npm_${of(BASE62, 36)}`, 4),
    made('key of Anthropic of somebody', `sk-ant-api03-${of(BASE62, 93)}AA`, 13),
    made('key of OpenAI', `sk-${of(BASE62, 20)}T3BlbkFJ${of(BASE62, 20)}`, 3),
    made('key of Stripe', `sk_live_${of(BASE62, 32)}`, 8),
    made('token of GitLab', `glpat-${of(BASE62, 20)}`, 6),
    made('password of a database', password, 0, `postgres://shop:${password}@db.example.org/shop`),
    made(
      'private key of somebody',
      key,
      8,
      `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`,
    ),
  ];
}
