/** What came of a task, as people read it in a terminal: the branch, how it was checked, what is missing, the receipt. Pure. */
import Table from 'cli-table3';
import { type Colors, indented, line, plainText, seconds, upTo } from './plain-text.ts';
import type { RunReport } from './run-report.ts';

const SUMMARY_MAX_CHARS = 1_500;
const OUTPUT_MAX_CHARS = 3_000;
const NOT_DONE_MAX = 20;
const SECURITY_MAX = 20;
const FINDING_MAX_CHARS = 600;
const SHA_CHARS = 7;

export function printRun(report: RunReport, colors: Colors): string {
  const parts = [
    headline(report, colors),
    ...report.work.map((one) => workText(one, colors)),
    checksText(report, colors),
    notDoneText(report, colors),
    securityText(report, colors),
    receiptText(report),
    costText(report, colors),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function whyNothing({ reason, state }: RunReport): string {
  return `Nothing was made (${line(state)}): ${plainText(reason ?? 'no reason was given').trim()}`;
}

function headline(report: RunReport, colors: Colors): string {
  const { branch, red, checks, base_sha: baseSha, reason } = report;
  if (report.outcome === 'no_change') {
    return colors.green(plainText(reason ?? 'No change is needed.').trim());
  }
  if (branch === null) return report.outcome === 'plan' ? '' : colors.red(whyNothing(report));
  const where = `Branch ${colors.bold(line(branch))}, on ${baseSha.slice(0, SHA_CHARS)}`;
  const look = colors.dim(`git diff ${baseSha.slice(0, SHA_CHARS)}...${line(branch)}`);
  const green = checks.length === 0 ? colors.yellow('no checks were run') : colors.green('all checks passed');
  const state = red.length === 0 ? green : colors.red('not green: a person has to look');
  return [`${where}: ${state}`, look, ...red.map((why) => colors.red(`- ${line(why)}`))].join('\n');
}

function workText({ role, title, summary }: RunReport['work'][number], colors: Colors): string {
  const cut = summary.length > SUMMARY_MAX_CHARS ? ' (cut)' : '';
  const text = plainText(summary.slice(0, SUMMARY_MAX_CHARS)).trim() + cut;
  return `${colors.bold(line(title))} ${colors.cyan(`(${line(role)})`)}\n${indented(text)}`;
}

/** From exit statuses alone. */
function checksText({ checks, outcome }: RunReport, colors: Colors): string {
  if (outcome !== 'branch') return '';
  if (checks.length === 0) {
    return 'No check was run: the repository states none in .github/crew.yml and none was recognised.';
  }
  const texts = checks.map((check) => {
    const { command, exit_code: status, timed_out: timedOut, duration_ms: ms, sandbox, output } = check;
    const note = sandbox === 'off' ? ', without a sandbox' : '';
    const facts = `${line(command)} (${seconds(ms)}${note})`;
    if (status === 0 && !timedOut) return `${colors.green('passed')} ${facts}`;
    const how = timedOut ? 'timed out' : `exit status ${status ?? 'none'}`;
    return `${colors.red(how)} ${facts}\n${indented(plainText(output.slice(-OUTPUT_MAX_CHARS)).trim(), '    ')}`;
  });
  return ['How it was checked:', ...texts.map((text) => indented(text))].join('\n');
}

function notDoneText({ not_done: notDone }: RunReport, colors: Colors): string {
  if (notDone.length === 0) return '';
  const texts = notDone.map(({ role, text }) => `${line(text)} (${line(role)})`);
  const shown = upTo(NOT_DONE_MAX, texts).map((text) => `- ${text}`);
  return [colors.yellow('Not done:'), ...shown].join('\n');
}

function securityText({ security }: RunReport, colors: Colors): string {
  if (security === null) return '';
  if (!security.read) {
    return colors.yellow('Security could not read the change: nobody has looked at it for weaknesses.');
  }
  const found = security.findings.map(
    ({ severity, title, path, line: at, body }) =>
      `${severity}: ${line(title)} (${line(path)}:${at}). ${line(body).slice(0, FINDING_MAX_CHARS)}`,
  );
  const notes = [...found, ...security.unread.map((what) => `not read: ${line(what)}`)];
  if (notes.length === 0) return 'Security read the whole change and found nothing.';
  const head = found.length === 0 ? 'Security found nothing in what it read.' : 'What Security found:';
  return [colors.yellow(head), ...upTo(SECURITY_MAX, notes).map((note) => `- ${note}`)].join('\n');
}

function receiptText({ receipt }: RunReport): string {
  if (receipt.length === 0) return '';
  const head = ['specialist', 'subtask', 'model', 'turns', 'tokens in', 'out', 'cached', 'cost', 'time'];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, index) => (index < 3 ? 'left' : 'right')),
  });
  for (const row of receipt) {
    table.push([
      line(row.role),
      line(row.subtask),
      line(row.model),
      String(row.turns),
      row.input_tokens.toLocaleString('en'),
      row.output_tokens.toLocaleString('en'),
      `${Math.round(100 * row.cache_share)} %`,
      `$${row.cost_usd.toFixed(4)}`,
      seconds(row.duration_ms),
    ]);
  }
  return table.toString();
}

function costText(
  { cost_usd: costUsd, budget_usd: budgetUsd, duration_ms: ms }: RunReport,
  colors: Colors,
): string {
  return colors.dim(`$${costUsd.toFixed(4)} of $${budgetUsd.toFixed(2)}, ${seconds(ms)}`);
}
