/** What came of a task without GitHub, as data: what `crew run --json` writes, and what is printed from. */
import { z } from 'zod';
import { NEEDS_HUMAN } from '../core/decide/own-pulls.ts';
import { newestDraft } from '../core/implement/plan-rounds.ts';
import { failedBefore } from '../core/implement/same-failure.ts';
import { findingReason, redRun } from '../core/messages/check-words.ts';
import { auditedOf, checkedBefore, checkedOf, seriousOf } from '../core/next-steps/checked.ts';
import type { Plan } from '../core/records.ts';
import { resultOf } from '../core/result-of.ts';
import type { TaskRecords } from '../core/store-ports.ts';

const count = z.int().min(0);
const texts = z.array(z.string());

const planSchema = z.strictObject({
  summary: z.string(),
  estimate_usd: z.number().nullable().describe('the most that it may cost; null before that is known'),
  subtasks: z.array(
    z.strictObject({
      key: z.string(),
      role: z.string(),
      title: z.string(),
      goal: z.string(),
      acceptance: texts,
      files: texts,
      depends_on: texts,
    }),
  ),
  risks: texts,
  questions: texts,
});

const securitySchema = z.strictObject({
  read: z.boolean().describe('false: Security could not read the change'),
  summary: z.string(),
  findings: z.array(
    z.strictObject({
      severity: z.string(),
      title: z.string(),
      path: z.string(),
      line: z.number(),
      body: z.string(),
    }),
  ),
  unread: texts.describe('what Security did not see, a line each'),
});

export const runReportSchema = z
  .strictObject({
    outcome: z
      .enum(['branch', 'no_change', 'plan', 'nothing'])
      .describe('plan: only that was asked for; nothing: `reason` says why'),
    branch: z.string().nullable(),
    base_sha: z.string(),
    head_sha: z.string().nullable(),
    red: texts.describe('why the branch is not green; empty where all checks passed, or there were none'),
    checks: z.array(
      z.strictObject({
        command: z.string(),
        exit_code: z.number().nullable(),
        timed_out: z.boolean(),
        duration_ms: z.number(),
        sandbox: z.enum(['on', 'off']),
        output: z.string().describe('the end of it'),
      }),
    ),
    work: z.array(z.strictObject({ role: z.string(), title: z.string(), summary: z.string() })),
    not_done: z.array(z.strictObject({ role: z.string(), text: z.string() })),
    security: securitySchema
      .nullable()
      .describe('what stands after the last look at the whole change; null where nobody was to look'),
    plan: planSchema.nullable(),
    receipt: z.array(
      z.strictObject({
        role: z.string(),
        subtask: z.string(),
        model: z.string(),
        turns: count,
        input_tokens: count,
        output_tokens: count,
        cache_share: z.number().min(0).max(1).describe('of what was read, what came from the cache'),
        cost_usd: z.number().min(0),
        duration_ms: z.number().min(0),
      }),
    ),
    cost_usd: z.number().min(0),
    budget_usd: z.number().min(0),
    duration_ms: z.number().min(0),
    state: z.string().describe('of the task'),
    reason: z.string().nullable(),
  })
  .describe('What came of a task, as `crew run --json` and `crew plan --json` write it.');

export type RunReport = z.infer<typeof runReportSchema>;

export type ReportedPlan = z.infer<typeof planSchema>;

const NOT_GREEN = 'The crew did not get it green: a person has to look.';

export interface RunEnd {
  readonly records: TaskRecords;
  readonly durationMs: number;
  /** As it stands in the clone. */
  readonly branch: { readonly name: string; readonly headSha: string } | null;
  readonly planOnly: boolean;
  /** Why it was left before its end; null where it was not. */
  readonly why: string | null;
}

export function runReportOf({ records, durationMs, branch, planOnly, why }: RunEnd): RunReport {
  const { task } = records;
  if (task.request.kind !== 'implement') throw new TypeError(`a report is of work, not of ${task.kind}`);
  const checked = checkedOf(records);
  return runReportSchema.parse({
    outcome: outcomeOf(records, branch !== null, planOnly && why === null),
    branch: branch?.name ?? null,
    base_sha: task.request.baseSha,
    head_sha: branch?.headSha ?? null,
    red: redOf(records),
    checks: (checked?.runs ?? []).map(({ command, exitCode, timedOut, durationMs: ms, sandbox, output }) => ({
      command,
      exit_code: exitCode,
      timed_out: timedOut,
      duration_ms: ms,
      sandbox,
      output,
    })),
    ...workOf(records),
    security: securityOf(records),
    plan: planOf(records),
    receipt: receiptOf(records),
    cost_usd: task.costUsd,
    budget_usd: task.budgetUsd,
    duration_ms: durationMs,
    state: task.state,
    reason: why ?? task.reason,
  });
}

export function reportedPlan({
  answer,
  estimateUsd,
}: Pick<Plan, 'answer'> & { readonly estimateUsd: number | null }): ReportedPlan {
  const { summary, subtasks, risks, questions } = answer;
  return { summary, estimate_usd: estimateUsd, subtasks, risks, questions };
}

function outcomeOf({ task, plan }: TaskRecords, hasBranch: boolean, planned: boolean): RunReport['outcome'] {
  if (hasBranch) return 'branch';
  if (task.state === 'done') return 'no_change';
  return planned && plan?.state === 'proposed' ? 'plan' : 'nothing';
}

function redOf(records: TaskRecords): readonly string[] {
  const reasons = [...checkReasons(records), ...securityReasons(records)];
  const labelled = records.effects.some(
    ({ action }) => action.kind === 'add_labels' && action.labels.includes(NEEDS_HUMAN),
  );
  return labelled && reasons.length === 0 ? [records.task.reason ?? NOT_GREEN] : reasons;
}

/** What failed before is red here, too: the exit status promises that every check passed. */
function checkReasons(records: TaskRecords): readonly string[] {
  const checked = checkedOf(records);
  if (checked === null) return [];
  const before = checkedBefore(records)?.runs ?? [];
  const failed = checked.runs.filter(({ exitCode }) => exitCode !== 0);
  const runs = failed.map((run) =>
    failedBefore(run, before) ? `${redRun(run)} It failed in the same way before the change.` : redRun(run),
  );
  return [...runs, ...checked.refusals.map(({ message }) => message)];
}

function securityReasons(records: TaskRecords): readonly string[] {
  const audited = auditedOf(records);
  return audited === null || audited === 'failed' ? [] : seriousOf(audited).map(findingReason);
}

function securityOf(records: TaskRecords): RunReport['security'] {
  const audited = auditedOf(records);
  if (audited === null) return null;
  if (audited === 'failed') return { read: false, summary: '', findings: [], unread: [] };
  const { summary, findings } = audited.answer;
  return {
    read: true,
    summary,
    findings: findings.map(({ severity, title, path, line, body }) => ({
      severity,
      title,
      path,
      line,
      body,
    })),
    unread: [...audited.unread],
  };
}

function workOf(records: TaskRecords): Pick<RunReport, 'work' | 'not_done'> {
  const done = records.subtasks.flatMap((subtask) => {
    const outcome = resultOf(records, subtask)?.outcome;
    return outcome?.kind === 'patch' ? [{ role: subtask.role, title: subtask.title, outcome }] : [];
  });
  return {
    work: done.map(({ role, title, outcome }) => ({ role, title, summary: outcome.answer.summary })),
    not_done: done.flatMap(({ role, outcome }) => [
      ...outcome.answer.not_done.map((text) => ({ role, text })),
      ...outcome.leftOut.map(({ path, reason }) => ({ role, text: `${path} was left out: ${reason}` })),
    ]),
  };
}

function planOf(records: TaskRecords): RunReport['plan'] {
  if (records.plan !== null) return reportedPlan(records.plan);
  const answer = newestDraft(records);
  return answer === null ? null : reportedPlan({ answer, estimateUsd: null });
}

function receiptOf(records: TaskRecords): RunReport['receipt'] {
  return records.subtasks.flatMap((subtask) => {
    const result = resultOf(records, subtask);
    if (result === null || result.usage.model === null) return [];
    const { model, turns, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = result.usage;
    const read = inputTokens + cacheReadTokens + cacheWriteTokens;
    return [
      {
        role: subtask.role,
        subtask: subtask.key,
        model,
        turns,
        input_tokens: read,
        output_tokens: outputTokens,
        cache_share: read === 0 ? 0 : cacheReadTokens / read,
        cost_usd: result.costUsd,
        duration_ms: result.durationMs,
      },
    ];
  });
}
