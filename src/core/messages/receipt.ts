/** What a task cost and who did what, as tables: shown in the progress comment, the pull request and the review. */
import type { TaskRecords } from '../ports.ts';
import type { CheckRunRecord, Result, Subtask } from '../records.ts';
import { code, codeBlock, count, duration, folded, inlineText, usd } from './format.ts';

/** Most of a check's output that a receipt shows, characters from its end. */
const OUTPUT_SHOWN = 4_000;

export function receiptTable(records: TaskRecords): string {
  const rows = records.subtasks.flatMap((subtask) => {
    const result = records.results.find((candidate) => candidate.subtaskId === subtask.id);
    return result === undefined || result.usage.model === null ? [] : [receiptRow(subtask, result)];
  });
  if (rows.length === 0) return 'No model was asked.';
  return [
    '| specialist | subtask | model | turns | tokens in / out | from cache | cost | time |',
    '|---|---|---|--:|--:|--:|--:|--:|',
    ...rows,
    `| **all** | | | | | | **${usd(records.task.costUsd)}** of ${usd(records.task.budgetUsd)} | |`,
  ].join('\n');
}

function receiptRow(subtask: Subtask, result: Result): string {
  const { usage } = result;
  const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const share = read === 0 ? 0 : Math.round((100 * usage.cacheReadTokens) / read);
  const cells = [
    subtask.role,
    subtask.key,
    usage.model ?? '',
    usage.turns,
    `${read.toLocaleString('en')} / ${usage.outputTokens.toLocaleString('en')}`,
    `${share} %`,
    usd(result.costUsd),
    duration(result.durationMs),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The repository's own checks as they ended: said from exit statuses only. */
export function checksText(runs: readonly CheckRunRecord[]): string {
  if (runs.length === 0) {
    return 'No check was run: the repository states none in `.github/crew.yml` and none was recognised.';
  }
  return runs
    .map((run) => {
      const note = run.sandbox === 'off' ? ', **without a sandbox**' : '';
      const summary = `${checkVerdict(run)} ${code(run.command)} (${duration(run.durationMs)}${note})`;
      return folded(summary.replaceAll('`', ''), codeBlock(run.output.slice(-OUTPUT_SHOWN)));
    })
    .join('\n');
}

export function checkVerdict(run: CheckRunRecord): string {
  if (run.timedOut) return '⏱️ timed out:';
  return run.exitCode === 0 ? '✅ passed:' : `❌ exit status ${run.exitCode ?? 'none'}:`;
}

export function commitsText(
  commits: readonly {
    readonly sha: string;
    readonly role: string;
    readonly subject: string;
    readonly filesChanged: number;
  }[],
): string {
  return commits
    .map(
      (commit) =>
        `- ${code(commit.sha.slice(0, 7))} ${inlineText(commit.subject, 100)} (${commit.role}, ${count(commit.filesChanged, 'file')})`,
    )
    .join('\n');
}
