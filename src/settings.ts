/** Every setting by its name, with what it may be and its default: `.env.example` says what each is for. */
import { z } from 'zod';
import { pricesSchema } from './core/budget.ts';
import { networkHost } from './core/network-hosts.ts';
import { QUIET_MS } from './core/next-steps/step.ts';
import { commaSeparated } from './credentials.ts';

const SECRET_MIN_CHARS = 8;

const optional = z.string().trim().min(1).optional();
const url = z.url({ protocol: /^https?$/ });
const number = (fallback: number, minimum: number) => z.coerce.number().min(minimum).default(fallback);

export const environmentSchema = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, abort: true })
    .refine(hasReadablePassword, 'its password is not encoded')
    .optional(),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, abort: true })
    .refine(hasReadablePassword, 'its password is not encoded')
    .optional(),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_URL: url.default('https://github.com'),
  CREW_GITHUB_CONTENT_PER_MINUTE: number(80, 1).pipe(z.int()),
  CREW_GITHUB_CONTENT_PER_HOUR: number(500, 1).pipe(z.int()),
  APP_ID: z.coerce.number().int().positive().optional(),
  PRIVATE_KEY: optional,
  PRIVATE_KEY_PATH: optional,
  WEBHOOK_SECRET: optional.refine(
    (text) => text === undefined || holdsWholeSecrets(text),
    `its comma separates several secrets, and one of these is empty or shorter than ${SECRET_MIN_CHARS} characters`,
  ),
  ANTHROPIC_API_KEY: optional,
  ANTHROPIC_BASE_URL: url.optional(),
  CREW_MODEL_TIER1: z.string().min(1).default('claude-opus-5-5'),
  CREW_MODEL_TIER2: z.string().min(1).default('claude-sonnet-5-5'),
  CREW_PRICES: z.string().default('{}').transform(jsonOf).pipe(pricesSchema),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  PUBLIC_URL: url.optional(),
  CREW_ROLES: z.string().default('all'),
  CREW_CONCURRENCY: number(2, 1).pipe(z.int()),
  CREW_STATE_DIR: z.string().min(1).default('.crew'),
  CREW_SANDBOX: z.enum(['on', 'off']).default('on'),
  CREW_NETWORK_ALLOW: z.string().default('').transform(commaSeparated).pipe(z.array(networkHost)),
  CREW_LEASE_SECONDS: number(30, 1),
  CREW_LOSSES: number(5, 1).pipe(z.int()),
  CREW_SWEEP_SECONDS: number(15, 0.1),
  CREW_RECOVERY_SECONDS: number(300, 0.1),
  CREW_LOOK_AGAIN_SECONDS: number(5, 0),
  CREW_QUIET_SECONDS: number(QUIET_MS / 1000, 0),
  CREW_BUDGET_USD: number(10, 0.01),
  CREW_BUDGET_REPOSITORY_MONTH_USD: z.coerce.number().min(0.01).optional(),
  CREW_BUDGET_MONTH_USD: z.coerce.number().min(0.01).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json', 'auto']).default('auto'),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

export type Settings = z.infer<typeof environmentSchema>;
export type SettingName = keyof Settings;

/** A comma that is part of a secret would make two wrong ones of it: that nobody meant both parts shows in a short one. */
function holdsWholeSecrets(text: string): boolean {
  const parts = text.split(',').map((part) => part.trim());
  return parts.length === 1 || parts.every((part) => part.length >= SECRET_MIN_CHARS);
}

function hasReadablePassword(text: string): boolean {
  try {
    decodeURIComponent(new URL(text).password);
    return true;
  } catch {
    return false;
  }
}

function jsonOf(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
}
