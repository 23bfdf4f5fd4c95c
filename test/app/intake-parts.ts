/** A whole intake over a real store: our route, Probot, handlers and commands, with GitHub's answers as plain values. */
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { createDispatcher, type Dispatcher } from '../../src/app/ingest/dispatcher.ts';
import { createIngest, WEBHOOK_PATH } from '../../src/app/ingest/ingest.ts';
import { createProbot } from '../../src/app/probot/create-probot.ts';
import type {
  GitHubReader,
  HeadCheck,
  Permission,
  PullState,
  ReviewCommentReading,
} from '../../src/core/github-ports.ts';
import type { Clock, Doorbell, Job } from '../../src/core/ports.ts';
import type { IssueSnapshot, PullRequestSnapshot, Standing } from '../../src/core/request-records.ts';
import type { ReviewThread } from '../../src/core/review/review-records.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

export const SECRET = 'a secret for this test only';
const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

/** What GitHub answers; a test changes what it is about. `calls` names each question asked. */
export interface GitHubAnswers {
  permission: Permission | Error;
  config: string | null | Error;
  head: string;
  /** Open with every label of the crew, unless a test says otherwise. */
  standing: Partial<Standing> | null;
  issue: Partial<IssueSnapshot>;
  pullRequest: Partial<PullRequestSnapshot>;
  /** As each look finds them: the last answer stays. */
  threads: (readonly ReviewThread[])[];
  shown: { readonly fingerprint: string; readonly createdAt: string }[] | null;
  /** Of every thread's first comment. */
  root: ReviewCommentReading | null;
  /** Of every pull request of the crew's own: open, a draft, and mergeable, unless a test says otherwise. */
  pullState: Partial<PullState> | null;
  /** Of every commit. */
  checks: readonly HeadCheck[];
  /** So many reads of them do not show the run of a job yet. */
  lags: number;
  /** Of every job, one for each time that it is read; the last stays. */
  logs: (string | null)[];
  calls: string[];
}

export interface Intake {
  readonly store: Store;
  readonly database: TestDatabase;
  readonly github: GitHubAnswers;
  readonly ingest: Hono;
  readonly dispatcher: Dispatcher;
  /** Jobs rung so far, with their delay. */
  readonly rung: { readonly job: Job; readonly delayMs: number }[];
  /** Signs, posts, and dispatches; answers the GUID. */
  deliver(event: string, payload: object, options?: { readonly guid?: string }): Promise<string>;
  /** Moves the clock on. */
  advance(ms: number): void;
  post(body: string, headers: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

export async function startIntake(): Promise<Intake> {
  const database = await testDatabase();
  let aheadMs = 0;
  const clock: Clock = { now: () => new Date(Date.now() + aheadMs), sleep: () => Promise.resolve() };
  const store = createStore({ pool: database.pool, clock, newId: randomUUID, onCommitted: () => undefined });
  const rung: Intake['rung'][number][] = [];
  const doorbell: Doorbell = {
    ring: async (jobs, options) => {
      rung.push(...jobs.map((job) => ({ job, delayMs: options?.delayMs ?? 0 })));
    },
  };
  const github: GitHubAnswers = {
    permission: 'write',
    config: null,
    head: 'a'.repeat(40),
    standing: {},
    issue: {},
    pullRequest: {},
    threads: [],
    shown: [],
    root: null,
    pullState: {},
    checks: [],
    lags: 0,
    logs: [],
    calls: [],
  };
  const probot = createProbot({ appId: 99, privateKey, apiUrl: 'http://127.0.0.1:1', webhookSecret: SECRET });
  const dispatcher = await createDispatcher({
    probot,
    store,
    doorbell,
    clock,
    log: silentLog,
    owner: 'test/1/1',
    reader: readerOf(github),
    crew: { roles: ['strategist', 'backend', 'qa'], budgetUsd: 5 },
    identity: async () => ({ login: 'crew[bot]', appId: 99 }),
  });
  const ingest = createIngest({ secrets: [SECRET], store, doorbell, log: silentLog });
  const post = async (body: string, headers: Readonly<Record<string, string>>) =>
    ingest.request(WEBHOOK_PATH, { method: 'POST', body, headers });
  return {
    store,
    database,
    github,
    ingest,
    dispatcher,
    rung,
    advance: (ms) => {
      aheadMs += ms;
    },
    post,
    deliver: async (event, payload, { guid = randomUUID() } = {}) => {
      const body = JSON.stringify(payload);
      const answer = await post(body, await signedHeaders(event, body, guid));
      if (answer.status !== 202) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
      await dispatcher.dispatch(guid);
      return guid;
    },
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}

export async function signedHeaders(event: string, body: string, guid: string, secret = SECRET) {
  return {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

/** What an issue says unless told otherwise. */
export const ISSUE_TEXT = { title: 'Favourites', body: '' } as const;

function readerOf(github: GitHubAnswers): GitHubReader {
  const issue = (number: number): IssueSnapshot => ({
    number,
    ...ISSUE_TEXT,
    author: 'mona',
    authorIsWriter: true,
    comments: [],
    ...github.issue,
  });
  return {
    permission: async (_repository, login) => {
      github.calls.push(`permission ${login}`);
      if (github.permission instanceof Error) throw github.permission;
      return github.permission;
    },
    file: async (_repository, path) => {
      github.calls.push(`file ${path}`);
      if (github.config instanceof Error) throw github.config;
      return github.config;
    },
    branchHead: async (_repository, branch) => {
      github.calls.push(`branch ${branch}`);
      return github.head;
    },
    issue: async (_repository, number) => {
      github.calls.push(`issue ${number}`);
      return issue(number);
    },
    standing: async (_repository, number) => {
      github.calls.push(`standing ${number}`);
      if (github.standing === null) return null;
      const labels = ['crew', 'crew:auto', 'crew:backend', 'crew:review'];
      return { open: true, labels, updatedAt: new Date().toISOString(), ...github.standing };
    },
    pullRequest: async (_repository, number) => {
      github.calls.push(`pull request ${number}`);
      return {
        ...issue(number),
        headSha: 'b'.repeat(40),
        headRef: 'topic',
        baseSha: 'a'.repeat(40),
        baseRef: 'main',
        fromFork: false,
        draft: false,
        linkedIssues: [],
        ...github.pullRequest,
      };
    },
    threads: async (_repository, number) => {
      github.calls.push(`threads ${number}`);
      return (github.threads.length > 1 ? github.threads.shift() : github.threads[0]) ?? [];
    },
    shownFindings: async (_repository, number) => {
      github.calls.push(`shown findings ${number}`);
      return github.shown;
    },
    pullState: async (_repository, number) => {
      github.calls.push(`pull state ${number}`);
      const state = { number, open: true, merged: false, draft: true, mergeable: true, labels: [] };
      const { headSha = 'b'.repeat(40) } = github.pullRequest;
      const at = { headSha, headRef: 'topic', baseRef: 'main' };
      return github.pullState === null ? null : { ...state, ...at, ...github.pullState };
    },
    changedPaths: async (_repository, number) => {
      github.calls.push(`changed paths ${number}`);
      return ['server/api.js'];
    },
    checksOf: async (_repository, headSha) => {
      github.calls.push(`checks ${headSha}`);
      const runMissing = github.lags > 0;
      github.lags -= 1;
      const checks = runMissing ? github.checks.map(withoutAttempt) : github.checks;
      return { checks, complete: true, runMissing };
    },
    jobLog: async (_repository, jobId) => {
      github.calls.push(`log ${jobId}`);
      return (github.logs.length > 1 ? github.logs.shift() : github.logs[0]) ?? null;
    },
    comment: async () => null,
    reviewComment: async (_repository, commentId) => {
      github.calls.push(`review comment ${commentId}`);
      return github.root;
    },
  };
}

/** Its run is not shown. */
function withoutAttempt(check: HeadCheck): HeadCheck {
  return { ...check, run: check.run && { ...check.run, attempt: null } };
}
