// Runs one agent from its job to its outcome: opens the workspace, briefs, runs the loop, collects what it made, and
// leaves the redacted conversation behind however it ended.
import type Anthropic from '@anthropic-ai/sdk';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta';
import type { AgentHooks, AgentJob, AgentRunner } from '../core/agent-ports.ts';
import type { Prices } from '../core/budget.ts';
import {
  ConfigError,
  ConflictError,
  errorMessage,
  LeaseLostError,
  RunEndedError,
  TransientError,
  UserError,
} from '../core/errors.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import type { Outcome } from '../core/result-records.ts';
import type { HiveMind, Role } from '../core/roles.ts';
import type { TranscriptStore } from '../core/store-ports.ts';
import type { Workspace, Workspaces } from '../core/workspace-ports.ts';
import { answerSchemasOf } from './answer-schemas.ts';
import { type Briefing, briefAgent } from './briefing/brief-agent.ts';
import { JOB_KINDS, type JobKind } from './briefing/instructions.ts';
import { describeMail } from './briefing/own-block.ts';
import { readRepositoryKnowledge } from './briefing/repository-knowledge.ts';
import { broughtOver, isBroughtOver } from './brought-over.ts';
import { auditOfNothing, isEmpty } from './collect-audit.ts';
import { collectOutcome } from './collect-outcome.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { type JobSource, jobFiles, jobSource, pathsInHand, reviewedDiff } from './job-source.ts';
import { RunAccount } from './loop/run-account.ts';
import { type LoopEnd, runLoop } from './loop/run-loop.ts';
import { saveTranscript } from './save-transcript.ts';
import { createTools } from './tools/create-tools.ts';

export interface AgentRunnerOptions {
  /** Its `maxRetries` are the retries of 408, 409, 429, 5xx and failed connections. */
  readonly client: Anthropic;
  readonly roles: ReadonlyMap<string, Role>;
  readonly hiveMind: HiveMind;
  readonly workspaces: Workspaces;
  readonly prices: Prices;
  readonly models: { readonly tier1: string; readonly tier2: string };
  readonly transcripts: Pick<TranscriptStore, 'save'>;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly log: Log;
  /** Adaptive thinking; true unless a gateway's model does not know it. */
  readonly thinking?: boolean;
}

/** Throws ConfigError for a model without a price, since its budget could not be kept. */
export function createAgentRunner(options: AgentRunnerOptions): AgentRunner {
  checkPrices(options);
  return { run: (job, hooks) => runAgent(options, job, hooks) };
}

/** Throws ConfigError for a model without a price. */
export function checkPrices({ models, prices }: Pick<AgentRunnerOptions, 'models' | 'prices'>): void {
  for (const model of Object.values(models)) {
    if (prices[model] === undefined) {
      throw new ConfigError(`There is no price for the model ${model}: add it to CREW_PRICES.`);
    }
  }
}

type RunResult = Awaited<ReturnType<AgentRunner['run']>>;

/** One run, with what it has to show at any moment. */
interface Run {
  readonly job: AgentJob;
  readonly kind: JobKind;
  readonly role: Role;
  readonly model: string;
  readonly account: RunAccount;
  readonly source: JobSource;
  /** The briefing and the conversation after it; for the transcript. */
  system: Briefing['system'];
  readonly messages: BetaMessageParam[];
}

async function runAgent(options: AgentRunnerOptions, job: AgentJob, hooks: AgentHooks): Promise<RunResult> {
  const run = startRun(options, job);
  const deadline = startDeadline(options.clock, run.role.limits.maxMinutes, hooks.signal);
  let ended = 'an unexpected error';
  try {
    const outcome = await inWorkspace(options, run, hooks, deadline).catch((error: unknown) =>
      outcomeOfError(error, deadline.signal),
    );
    ended = outcome.kind === 'failed' ? `${outcome.cause}: ${outcome.message}` : outcome.kind;
    return { outcome, usage: run.account.usage, costUsd: run.account.costUsd };
  } catch (error) {
    ended = errorMessage(error);
    throw error;
  } finally {
    deadline.clear();
    await saveTranscript(options, {
      job,
      model: run.model,
      system: run.system,
      messages: run.messages,
      ended,
    });
  }
}

function startRun({ roles, models, prices }: AgentRunnerOptions, job: AgentJob): Run {
  const kind = JOB_KINDS.find((candidate) => candidate === job.subtask.kind);
  if (kind === undefined) throw new Error(`a subtask of kind ${job.subtask.kind} is no agent's`);
  const role = roles.get(job.subtask.role);
  if (role === undefined) throw new UserError(`There is no role ${job.subtask.role} in this crew.`);
  const model = role.tier === 1 ? models.tier1 : models.tier2;
  const modelPrices = prices[model];
  if (modelPrices === undefined) throw new Error(`no price for ${model}`);
  const account = new RunAccount(model, modelPrices);
  return { job, kind, role, model, account, source: jobSource(job), system: [], messages: [] };
}

async function inWorkspace(
  options: AgentRunnerOptions,
  run: Run,
  hooks: AgentHooks,
  deadline: Deadline,
): Promise<Outcome> {
  const { signal } = deadline;
  signal.throwIfAborted();
  const workspace = await options.workspaces.open({ ...run.source.checkout, signal });
  try {
    return await inOpenWorkspace(options, run, hooks, workspace, deadline);
  } finally {
    await workspace.close();
  }
}

async function inOpenWorkspace(
  options: AgentRunnerOptions,
  run: Run,
  hooks: AgentHooks,
  workspace: Workspace,
  deadline: Deadline,
): Promise<Outcome> {
  const { signal } = deadline;
  const { job, kind, source } = run;
  if (isBroughtOver(job, workspace)) return broughtOver(workspace);
  const reviewed = await reviewedDiff(workspace, source);
  if (kind === 'audit' && reviewed !== null && isEmpty(reviewed)) return auditOfNothing;
  const knowledge = await readRepositoryKnowledge(
    jobFiles(workspace, source),
    { hiveMind: options.hiveMind, role: run.role },
    pathsInHand(job),
  );
  for (const problem of knowledge.problems) options.log.warn({ taskId: job.task.id }, problem);
  const { role, rules, hiveMind } = knowledge;
  deadline.atMost(role.limits.maxMinutes);
  const diffText = reviewed?.readable.text ?? null;
  const { skipped } = workspace;
  const briefing = briefAgent({ job, kind, role, roles: options.roles, hiveMind, rules, diffText, skipped });
  run.system = briefing.system;
  run.messages.push({ role: 'user', content: briefing.content });
  const end = await runLoop(
    {
      client: options.client,
      model: run.model,
      thinking: options.thinking ?? true,
      system: briefing.system,
      tools: createTools({
        mayChange: kind === 'work',
        // Reviewers judge by what they read, and are not talked to by whoever they judge.
        team: kind === 'work' ? hooks.team : null,
        role,
        workspace,
        hiveMind,
        hosts: job.task.request.config.networkAllow ?? [],
        signal,
      }),
      answer: answerSchemasOf(kind, job.task.kind === 'fix'),
      limits: role.limits,
      hooks,
      describeMail,
      signal,
      clock: options.clock,
      log: options.log,
    },
    run.messages,
    run.account,
  );
  return outcomeOf(end, options, run, workspace, reviewed);
}

function outcomeOf(
  end: LoopEnd,
  { redactor }: AgentRunnerOptions,
  { job, kind }: Run,
  workspace: Workspace,
  reviewed: Parameters<typeof collectOutcome>[0]['reviewed'],
): Promise<Outcome> | Outcome {
  if (end.kind === 'failed') return redactor.redactAllDeep(end);
  const { review } = job;
  return collectOutcome({ kind, answer: end.answer, workspace, reviewed, review, redactor });
}

/** Failures of the model, of the work and of the repository are outcomes; the rest is thrown on. */
function outcomeOfError(error: unknown, signal: AbortSignal): Outcome {
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (cause instanceof RunEndedError) return { kind: 'failed', cause: cause.failure, message: cause.message };
  if (cause instanceof LeaseLostError || cause instanceof TransientError) throw cause;
  // Somebody else's work is at fault: the orchestrator knows whose.
  if (cause instanceof ConflictError) throw cause;
  if (signal.aborted) return { kind: 'failed', cause: 'stopped', message: 'The run was stopped.' };
  if (cause instanceof UserError) return { kind: 'failed', cause: 'workspace', message: cause.message };
  throw error;
}
