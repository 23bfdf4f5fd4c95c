/** What a task cost and who did what, as tables: shown in the progress comment, the pull request and the review. */

import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { CheckRunRecord, Result } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { code, codeBlock, count, duration, folded, inlineText, usd } from './format.ts';

/** Most of a check's output that is shown, characters from its end. */
export const OUTPUT_SHOWN = 4_000;
const COMMAND_SHOWN = 200;
/** Less is what adding floating-point numbers leaves. */
const LEAST_USD = 1e-6;

export function receiptTable(records: TaskRecords): string {
  const rows = records.subtasks.flatMap((subtask) => {
    const result = resultOf(records, subtask);
    const shown = result?.usage.model == null ? null : result;
    return [...(shown === null ? [] : [receiptRow(subtask, shown)]), ...restRow(subtask, shown)];
  });
  if (rows.length === 0) return 'No model was asked.';
  return [
    '| specialist | subtask | model | turns | tokens in / out | from cache | cost | time |',
    '|---|---|---|--:|--:|--:|--:|--:|',
    ...rows,
    `| **all** | | | | | | **${usd(records.task.costUsd)}** of ${usd(records.task.budgetUsd)} | |`,
    ...(ranWithoutSandbox(records) ? ['', '**Commands ran without a sandbox** (`CREW_SANDBOX=off`).'] : []),
  ].join('\n');
}

function ranWithoutSandbox({ results }: TaskRecords): boolean {
  return results.some(({ outcome }) => {
    if (outcome.kind === 'patch') return outcome.sandbox === 'off';
    return outcome.kind === 'checks' && outcome.runs.some((run) => run.sandbox === 'off');
  });
}

function receiptRow(subtask: Subtask, result: Result): string {
  const { usage } = result;
  const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const share = read === 0 ? 0 : Math.round((100 * usage.cacheReadTokens) / read);
  const cells = [
    inlineText(subtask.role, 40),
    inlineText(subtask.key, 40),
    inlineText(usage.model ?? '', 60),
    usage.turns,
    `${read.toLocaleString('en')} / ${usage.outputTokens.toLocaleString('en')}`,
    `${share} %`,
    usd(result.costUsd),
    duration(result.durationMs),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What a subtask cost beside the result that is shown: in attempts that were lost, given up or replaced. */
function restRow(subtask: Subtask, shown: Result | null): readonly string[] {
  const costUsd = subtask.costUsd - (shown?.costUsd ?? 0);
  if (costUsd < LEAST_USD) return [];
  const ended = shown === null ? 'attempts without a result' : 'other attempts';
  const what = subtask.state === 'running' ? 'so far' : ended;
  const name = `${inlineText(subtask.key, 40)}, ${what}`;
  return [`| ${inlineText(subtask.role, 40)} | ${name} | | | | | ${usd(costUsd)} | |`];
}

/** The repository's own checks as they ended: said from exit statuses only. With 0 `outputChars`, a line each. */
export function checksText(runs: readonly CheckRunRecord[], outputChars: number = OUTPUT_SHOWN): string {
  if (runs.length === 0) {
    return 'No check was run: the repository states none in `.github/crew.yml` and none was recognised.';
  }
  return runs.map((run) => checkText(run, outputChars)).join('\n');
}

function checkText(run: CheckRunRecord, outputChars: number): string {
  const note = run.sandbox === 'off' ? ', without a sandbox' : '';
  const command = run.command.slice(0, COMMAND_SHOWN);
  const facts = `(${duration(run.durationMs)}${note})`;
  if (outputChars === 0) return `- ${checkVerdict(run)} ${code(command)} ${facts}`;
  const output = run.output.slice(-outputChars);
  const cut = output.length < run.output.length ? `the last ${outputChars} characters:\n` : '';
  return folded(`${checkVerdict(run)} ${command} ${facts}`, codeBlock(cut + output.toWellFormed()));
}

export function checkVerdict(run: CheckRunRecord): string {
  if (run.timedOut) return '⏱️ timed out:';
  return run.exitCode === 0 ? '✅ passed:' : `❌ exit status ${run.exitCode ?? 'none'}:`;
}

/** Without their hashes: those made through the API, or anew by the publisher, have others on GitHub. */
export function commitsText(
  commits: readonly {
    readonly role: string;
    readonly subject: string;
    readonly filesChanged: number;
  }[],
): string {
  return commits
    .map(
      (commit) =>
        `- ${inlineText(commit.subject, 100)} (${inlineText(commit.role, 40)}, ${count(commit.filesChanged, 'file')})`,
    )
    .join('\n');
}
