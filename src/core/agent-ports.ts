/** The edge between orchestrator and agents: what an agent is given, what it may ask for while it runs, and what it answers. */
import type { AuditAnswer } from './answers.ts';
import type { Message, Plan, Setback, Subtask, Task } from './records.ts';
import type { CheckRunRecord, Outcome, Refusal, Result, Usage } from './result-records.ts';
import type { Candidate, Survey } from './review/review-records.ts';
import type { PatchToApply } from './workspace-ports.ts';

/** What an agent is given; assembled by the orchestrator, turned into a briefing by `agents`. */
export interface AgentJob {
  readonly task: Task;
  readonly subtask: Subtask;
  readonly plan: Plan | null;
  /** Results of finished teammates, for the briefing. */
  readonly teammates: readonly { readonly subtask: Subtask; readonly result: Result }[];
  /** Patches of what it depends on, transitively, in order. */
  readonly patches: readonly PatchToApply[];
  /** What stands on the task board, oldest first. */
  readonly decisions: readonly Message[];
  /** For `review` and `refute`, else null. */
  readonly review: ReviewBrief | null;
  /** Where its own work came back; left out where it did not. */
  readonly returned?: ReturnedWork;
  /** Where it mends what was found in the integrated change; left out for other work. */
  readonly repair?: Faults;
}

/** Work that did not fit what comes before it. */
export interface ReturnedWork {
  readonly setback: Setback;
  /** What did not fit; '' where nothing was changed. */
  readonly patch: string;
}

/** What was found in an integrated change that is to be mended. */
export interface Faults {
  /** Checks that failed and did not fail so before. */
  readonly runs: readonly CheckRunRecord[];
  readonly refusals: readonly Refusal[];
  readonly findings: AuditAnswer['findings'];
}

export interface ReviewBrief {
  readonly survey: Survey;
  /** For `refute`: what to refute; else empty. */
  readonly candidates: readonly Candidate[];
}

export interface AgentHooks {
  /** Called before each model call: throws LeaseLostError or a stop when the run must end; answers new mail. */
  beforeTurn(): Promise<readonly string[]>;
  /** Called last before each model call, with the most that it can cost: throws RunEndedError when the task's budget has no room for it. */
  reserve(mostUsd: number): Promise<void>;
  /** Called after each model call with what it cost; must be stored before the next call. */
  afterTurn(usage: Usage, costUsd: number): Promise<void>;
  /** What is wrong with an answer that fits its schema, for the agent to mend (a plan with a cycle, say); empty when it stands. */
  problemsWith(answer: unknown): readonly string[];
  readonly team: Teamwork;
  readonly signal: AbortSignal;
}

/** What an agent may do beside its own work. Refusals are UserErrors, worded for the agent; LeaseLostError when its run no longer counts. */
export interface Teamwork {
  /** Mail to a role, or to everybody (null), read before its next model call; or a decision for the task board. Answers who gets it. */
  send(message: Pick<Message, 'to' | 'kind' | 'body'>): Promise<string>;
  board(): Promise<TaskBoard>;
  /** A lesson worth keeping, as a pull request of its own for people to judge. Answers what becomes of it. */
  proposeStandard(standard: ProposedStandard): Promise<string>;
}

/** What everybody on a task can see of it. */
export interface TaskBoard {
  readonly subtasks: readonly Pick<Subtask, 'key' | 'role' | 'title' | 'state'>[];
  /** Oldest first. */
  readonly decisions: readonly Message[];
}

export interface ProposedStandard {
  /** Lower-case letters and digits joined by hyphens: names the file. */
  readonly name: string;
  readonly text: string;
  /** What on this task taught it. */
  readonly why: string;
}

/** Runs one agent to its stated end. Failures of the model and of the work are outcomes, not exceptions; throws TransientError only when trying the same again later makes sense, ConflictError when the work before it does not fit together, LeaseLostError when told to. */
export interface AgentRunner {
  run(
    job: AgentJob,
    hooks: AgentHooks,
  ): Promise<{ readonly outcome: Outcome; readonly usage: Usage; readonly costUsd: number }>;
}
