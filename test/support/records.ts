/** Plain records for tests of the core: whole, typed, and changed only where a test says so. */
import { createHash } from 'node:crypto';
import type { AgentJob } from '../../src/core/agent-ports.ts';
import type { Finding, PlanAnswer } from '../../src/core/answers.ts';
import type { Effect } from '../../src/core/effect-records.ts';
import type { Plan, Repository, Subtask, Task } from '../../src/core/records.ts';
import type {
  FailedCheck,
  Feedback,
  FixRequest,
  GateRequest,
  PullRequestSnapshot,
  ReplyRequest,
  ReviewRequest,
  SmokeCheck,
  TaskConfig,
} from '../../src/core/request-records.ts';
import type { Anchor, Outcome, Result, SurveyedFile } from '../../src/core/result-records.ts';
import type { EarlierFinding, Survey, TrackedFinding } from '../../src/core/review/review-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';

const AT = '2026-01-01T00:00:00.000Z';

export const repository: Repository = {
  id: 1,
  owner: 'acme',
  name: 'pantry',
  installationId: 7,
  defaultBranch: 'main',
  private: false,
};

export const config: TaskConfig = {
  checks: [],
  reviewSeverity: 'medium',
  reviewMaxComments: 8,
  failOn: null,
  requestChanges: null,
  approve: false,
  paths: [],
  pathInstructions: [],
  maxSubtasks: 8,
  roles: ['strategist', 'architect', 'frontend', 'backend', 'database', 'qa', 'devops', 'security'],
  protectedPaths: ['.github/workflows/**'],
  commits: 'api',
  monthUsd: null,
};

const issue = {
  number: 12,
  title: 'Favourites first',
  body: 'Let shoppers mark an item.',
  author: 'mona',
  authorIsWriter: true,
  comments: [],
};

export function implementTask(change: Partial<Task> = {}): Task {
  return {
    id: '0b5e1f5c-0000-4000-8000-000000000001',
    kind: 'implement',
    repository,
    subject: { kind: 'issue', number: 12 },
    requestKey: 'implement:1:12',
    requester: 'mona',
    request: {
      kind: 'implement',
      issue,
      baseBranch: 'main',
      baseSha: 'a'.repeat(40),
      branch: 'crew/12-favourites-first',
      approval: 'required',
      role: null,
      note: '',
      config,
    },
    state: 'queued',
    reason: null,
    budgetUsd: 5,
    costUsd: 0,
    createdAt: AT,
    askedAt: null,
    updatedAt: AT,
    finishedAt: null,
    ...change,
  };
}

export const pullRequest: PullRequestSnapshot = {
  ...issue,
  number: 3,
  headSha: 'b'.repeat(40),
  headRef: 'feature',
  baseSha: 'a'.repeat(40),
  baseRef: 'main',
  fromFork: false,
  draft: false,
  linkedIssues: [],
};

/** `request` may be changed in parts: `{ request: { since } }`. */
export function reviewTask({
  request,
  ...change
}: Partial<Omit<Task, 'request'>> & { readonly request?: Partial<ReviewRequest> } = {}): Task {
  return implementTask({
    kind: 'review',
    subject: { kind: 'pull_request', number: 3 },
    request: { kind: 'review', pullRequest, since: null, config, ...request },
    ...change,
  });
}

/** Mona answers the finding of `trackedFinding()`. */
export function replyTask({
  request,
  ...change
}: Partial<Omit<Task, 'request'>> & { readonly request?: Partial<ReplyRequest> } = {}): Task {
  const said = { ours: false, author: 'mona', createdAt: AT };
  return implementTask({
    kind: 'reply',
    subject: { kind: 'pull_request', number: 3 },
    request: {
      kind: 'reply',
      pullRequest,
      finding: trackedFinding(),
      commentId: 501,
      thread: [
        { ...said, id: 501, author: 'hypercode-crew[bot]', ours: true, body: 'The loop ends one short.' },
        { ...said, id: 502, body: 'That is on purpose.' },
      ],
      config,
      ...request,
    },
    ...change,
  });
}

export const smokeCheck: SmokeCheck = {
  path: '/health',
  method: 'GET',
  status: 200,
  contains: null,
  timeoutSeconds: 10,
};

type Trigger<On extends 'deployment' | 'push'> = Extract<GateRequest['trigger'], { readonly on: On }>;
type GateChange<On extends 'deployment' | 'push'> = Partial<Omit<Task, 'request'>> & {
  readonly request?: Partial<GateRequest>;
  readonly trigger?: Partial<Trigger<On>>;
};

/** The gate `staging` on a deployment. */
export function gateTask({ request, trigger, ...change }: GateChange<'deployment'> = {}): Task {
  return implementTask({
    kind: 'gate',
    subject: { kind: 'commit', number: 0 },
    requestKey: 'gate:1:staging:deployment:10',
    request: {
      kind: 'gate',
      name: 'staging',
      headSha: 'b'.repeat(40),
      trigger: {
        on: 'deployment',
        environment: 'staging',
        url: 'https://staging.example.com',
        statusId: 10,
        hosts: ['staging.example.com'],
        checks: [smokeCheck],
        ...trigger,
      },
      configProblems: '',
      config,
      ...request,
    },
    ...change,
  });
}

/** The same gate on a push to `release/1`. */
export function pushGate({ request, trigger, ...change }: GateChange<'push'> = {}): Task {
  const pushed: Trigger<'push'> = {
    on: 'push',
    branch: 'release/1',
    beforeSha: 'c'.repeat(40),
    isNewBranch: false,
    rulesSha: 'a'.repeat(40),
    failOn: 'high',
  };
  return gateTask({ request: { trigger: { ...pushed, ...trigger }, ...request }, ...change });
}

export function subtask(change: Partial<Subtask> & Pick<Subtask, 'key' | 'kind' | 'role'>): Subtask {
  return {
    id: `subtask-${change.key}`,
    taskId: implementTask().id,
    planId: null,
    title: `Title of ${change.key}`,
    goal: `Goal of ${change.key}`,
    acceptance: ['it works'],
    files: [],
    dependsOn: [],
    setbacks: [],
    state: 'pending',
    attempts: 0,
    losses: 0,
    lease: null,
    enqueuedAt: null,
    dueAt: null,
    startedAt: null,
    finishedAt: null,
    costUsd: 0,
    ...change,
  };
}

/** The backend's part `S1`, which it begins alone and with nothing done before. */
export function agentJob(change: Partial<AgentJob> = {}): AgentJob {
  return {
    task: implementTask(),
    subtask: subtask({ key: 'S1', kind: 'work', role: 'backend' }),
    plan: null,
    teammates: [],
    patches: [],
    decisions: [],
    review: null,
    ...change,
  };
}

/** Checks of the repository that came to their end on the integrated head. */
export function checks(
  change: Partial<Extract<Outcome, { kind: 'checks' }>> = {},
): Extract<Outcome, { kind: 'checks' }> {
  const headSha = 'c'.repeat(40);
  const made = { headSha, treeSha: 'e'.repeat(40), commits: [], runs: [], refusals: [] };
  return { kind: 'checks', ...made, template: null, hasCi: false, ...change };
}

export function result(of: Subtask, outcome: Outcome): Result {
  return {
    id: `result-${of.key}`,
    taskId: of.taskId,
    subtaskId: of.id,
    outcome,
    usage: {
      model: 'claude-sonnet-5-5',
      turns: 2,
      inputTokens: 100,
      outputTokens: 50,
      cacheReadTokens: 300,
      cacheWriteTokens: 0,
    },
    costUsd: 0.02,
    durationMs: 4_000,
    createdAt: AT,
  };
}

export function surveyedFile(path: string, change: Partial<SurveyedFile> = {}): SurveyedFile {
  const digest = createHash('sha256').update(path).digest('hex');
  const file = { path, oldPath: path, binary: false, additions: 1, deletions: 0, chars: 100, digest };
  return { ...file, status: 'modified', ...change };
}

/** All of `paths` read in full by `reviewers`, in one group. */
export function surveyOf(
  paths: readonly string[],
  reviewers: readonly string[],
  change: Partial<Survey> = {},
): Survey {
  return {
    files: paths.map((path) => surveyedFile(path)),
    manifest: paths.map((path) => ({ path, read: 'full', reason: null })),
    groups: paths.length === 0 ? [] : [{ index: 1, paths, reviewers }],
    since: null,
    earlier: [],
    directories: [],
    memories: [],
    problems: [],
    ...change,
  };
}

type InlineAnchor = Extract<Anchor, { kind: 'inline' }>;

export function inlineAnchor(change: Partial<InlineAnchor> = {}): InlineAnchor {
  return {
    kind: 'inline',
    path: 'server/api.js',
    side: 'RIGHT',
    startLine: null,
    line: 3,
    quote: 'for (let page = 1; page < last; page += 1) {',
    suggestion: null,
    ...change,
  };
}

/** What a reviewer answers of the fault at `inlineAnchor()`. */
export function finding(change: Partial<Finding> = {}): Finding {
  return {
    path: 'server/api.js',
    side: 'RIGHT',
    start_line: null,
    line: 3,
    severity: 'high',
    category: 'bug',
    title: 'Loses the last page of results',
    body: 'The loop ends one short.',
    evidence: 'Line 3 compares with `<`.',
    confidence: 0.9,
    replacement: null,
    also_at: [],
    ...change,
  };
}

export function trackedFinding(change: Partial<TrackedFinding> = {}): TrackedFinding {
  return {
    fingerprint: '0123456789abcdef',
    repositoryId: repository.id,
    number: 3,
    taskId: '0b5e1f5c-0000-4000-8000-000000000009',
    headSha: 'd'.repeat(40),
    roles: ['backend'],
    path: 'server/api.js',
    anchor: inlineAnchor(),
    severity: 'high',
    category: 'bug',
    title: 'Loses the last page of results',
    body: 'The loop ends one short.',
    state: 'open',
    settledBy: null,
    reason: null,
    ...change,
  };
}

export function earlierFinding(change: Partial<EarlierFinding> = {}): EarlierFinding {
  return { finding: trackedFinding(), now: inlineAnchor(), reread: true, ...change };
}

export function planAnswer(subtasks: readonly Partial<PlanAnswer['subtasks'][number]>[]): PlanAnswer {
  return {
    decision: 'plan',
    summary: 'Store it, serve it, show it.',
    subtasks: subtasks.map((given, index) => ({
      key: `S${index + 1}`,
      role: 'backend',
      title: 'Serve favourites over the API',
      goal: 'Serve it.',
      acceptance: ['GET lists favourites first'],
      files: ['server/api.js'],
      depends_on: [],
      ...given,
    })),
    risks: [],
    questions: [],
  };
}

export function plan(answer: PlanAnswer, change: Partial<Plan> = {}): Plan {
  return {
    id: 'plan-1',
    taskId: implementTask().id,
    version: 1,
    hash: 'f'.repeat(16),
    answer,
    estimateUsd: 1,
    estimates: Object.fromEntries(answer.subtasks.map(({ key }) => [key, 0.5])),
    state: 'proposed',
    approvedBy: null,
    createdAt: AT,
    ...change,
  };
}

export function effect(change: Partial<Effect> & Pick<Effect, 'key' | 'action'>): Effect {
  return {
    id: `effect-${change.key}`,
    taskId: implementTask().id,
    repository,
    revision: 1,
    state: 'planned',
    attempts: 0,
    after: null,
    lease: null,
    dueAt: AT,
    enqueuedAt: null,
    outcome: null,
    error: null,
    createdAt: AT,
    doneAt: null,
    ...change,
  };
}

export function recordsOf(task: Task, change: Partial<TaskRecords> = {}): TaskRecords {
  return { task, plan: null, subtasks: [], results: [], effects: [], messages: [], ...change };
}

/** A round on pull request 3, which `implementTask()` opened from `crew/12-favourites-first`. */
export function fixTask({
  request,
  ...change
}: Partial<Omit<Task, 'request'>> & { readonly request?: Partial<FixRequest> } = {}): Task {
  return implementTask({
    id: '0b5e1f5c-0000-4000-8000-00000000000f',
    kind: 'fix',
    subject: { kind: 'pull_request', number: 3 },
    requestKey: 'fix:1:3',
    request: {
      kind: 'fix',
      pullRequest: { ...pullRequest, headRef: 'crew/12-favourites-first', draft: true },
      openedBy: implementTask().id,
      cause: { kind: 'checks', checks: [failedCheck()], signature: 'same' },
      feedback: [],
      paths: ['server/api.js'],
      config,
      ...request,
    },
    ...change,
  });
}

export function failedCheck(change: Partial<FailedCheck> = {}): FailedCheck {
  const log = 'server/api.js:3: expected 3, got 2';
  return { name: 'test', conclusion: 'failure', url: null, log, ...change };
}

export function feedback(change: Partial<Feedback> = {}): Feedback {
  const place = { path: null, line: null, rootId: null };
  const said = { author: 'mona', isBot: false, body: 'Name it `favourite`.', at: AT };
  return { on: 'comment', id: 601, ...said, ...place, ...change };
}
