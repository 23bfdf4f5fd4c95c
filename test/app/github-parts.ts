/** What tests of the GitHub edge share: clients with quick pacing, a clock that tests move, and every request held against GitHub's description. */

import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, validate } from 'graphql';
import nock from 'nock';
import { Conformance } from '../../demo/github/conformance.ts';
import { schema } from '../../demo/github/graph-schema.ts';
import type { Fetch } from '../../src/app/github/bounded-fetch.ts';
import { type ClientSettings, createClients, type GitHubClients } from '../../src/app/github/clients.ts';
import { type PacingSettings, uncounted } from '../../src/app/github/pacing.ts';
import type { Clock, Log } from '../../src/core/ports.ts';
import { createRedactor } from '../../src/core/redact.ts';

export const API_URL = 'https://api.github.test';
const WEB_URL = 'https://github.test';
const DESCRIPTION = fileURLToPath(new URL('../../../shared/github/openapi.json', import.meta.url));

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export interface TestClock extends Clock {
  /** What was slept, in order. */
  readonly sleptMs: number[];
  advance(ms: number): void;
}

/** Sleeping moves the time on and takes none. */
export function testClock(start: string | number = Date.now()): TestClock {
  let nowMs = new Date(start).getTime();
  const sleptMs: number[] = [];
  return {
    sleptMs,
    now: () => new Date(nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: async (ms) => {
      sleptMs.push(ms);
      nowMs += ms;
    },
  };
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function recordingLog(lines: LogLine[] = [], inherited: object = {}): Log {
  const at = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...inherited, ...fields }, message });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLog(lines, { ...inherited, ...fields }),
  };
}

export interface SentRequest {
  readonly method: string;
  /** Decoded, without the base URL's path. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface RequestWatch {
  readonly fetch: Fetch;
  readonly sent: SentRequest[];
  /** How requests deviate from GitHub's description; empty too when the description is not at hand. */
  problems(): readonly string[];
}

/** One for all tests of a file: it compiles a schema for each operation. */
const conformance = new Conformance(DESCRIPTION);

export function watchRequests(apiUrl: string = API_URL): RequestWatch {
  const before = conformance.violations().length;
  const sent: SentRequest[] = [];
  const graphProblems: string[] = [];
  const basePath = new URL(apiUrl).pathname.replace(/\/$/, '');
  return {
    sent,
    problems: () => [
      ...graphProblems,
      ...conformance
        .violations()
        .slice(before)
        .map(({ where, problem }) => `${where}: ${problem}`),
    ],
    fetch: (input, init) => {
      const url = new URL(String(input));
      const raw = url.pathname.slice(basePath.length);
      const method = init?.method ?? 'GET';
      const body: unknown =
        typeof init?.body === 'string' && init.body !== '' ? JSON.parse(init.body) : undefined;
      const path = decodeURIComponent(raw);
      sent.push({
        method,
        path,
        query: Object.fromEntries(url.searchParams),
        headers: new Headers(init?.headers),
        body,
      });
      if (url.pathname.endsWith('/graphql')) {
        graphProblems.push(...problemsOfGraph(body));
        return globalThis.fetch(input, init);
      }
      const { template, params } = operationOf(raw);
      conformance.checkRequest({ method, template, path, query: url.searchParams, params, body });
      return globalThis.fetch(input, init);
    },
  };
}

/** Against the part of GitHub's GraphQL that the local GitHub speaks. */
function problemsOfGraph(body: unknown): readonly string[] {
  const { query } = body as { query: string };
  return validate(schema, parse(query)).map(({ message }) => `POST /graphql: ${message}`);
}

const templates: readonly string[] = existsSync(DESCRIPTION)
  ? Object.keys((JSON.parse(readFileSync(DESCRIPTION, 'utf8')) as { paths: object }).paths)
  : [];

/** The template with the fewest parameters that fits. */
function operationOf(path: string): { template: string | null; params: Record<string, string> } {
  const fits = templates.flatMap((template) => {
    const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    const match = new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '([^/]+)')}$`).exec(
      path,
    );
    if (match === null) return [];
    const params = Object.fromEntries(
      names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
    );
    return [{ template, params }];
  });
  fits.sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length);
  return fits[0] ?? { template: null, params: {} };
}

export const QUICK_PACING: PacingSettings = {
  writeSpacingMs: 0,
  writesPerMinute: 1_000,
  contentPerMinute: 1_000,
  contentPerHour: 1_000,
  maxLimitWaitMs: 1_500,
  maxPlaceWaitMs: 1_000,
  retryBaseMs: 1,
};

export function testClients(change: Partial<ClientSettings> = {}): GitHubClients {
  const clock = change.clock ?? testClock();
  return createClients({
    appId: 42,
    privateKey,
    apiUrl: API_URL,
    webUrl: WEB_URL,
    userAgent: 'hypercode-crew/test',
    log: recordingLog(),
    clock,
    allowances: uncounted(clock),
    secrets: createRedactor({ secrets: [] }),
    pacing: QUICK_PACING,
    ...change,
  });
}

/** What the promise fails with. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: unknown) => error,
  );
}

export const AT = { owner: 'acme', repo: 'pantry' };
export const LONG_TOKEN = `ghs_${'a'.repeat(60)}.${'b'.repeat(300)}.${'c'.repeat(80)}`;

/** GitHub gives an installation token so many times. */
export function tokens(times = 1, expiresAt = new Date(Date.now() + 3_600_000).toISOString()): nock.Scope {
  return nock(API_URL)
    .post('/app/installations/7/access_tokens')
    .times(times)
    .reply(201, () => ({ token: LONG_TOKEN, expires_at: expiresAt }));
}
