/** What the demo shows at its end: what stands on the local GitHub, what was paid, and the trail of it all. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { AuditEvent } from '../src/core/records.ts';
import type { TaskRecords } from '../src/core/store-ports.ts';
import { pullsClosing, type RepoSnapshot } from './github/snapshot.ts';
import type { Told } from './outcome.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY } from './stage.ts';

const TITLE_SHOWN = 48;
/** Columns two spaces apart, and no lines between them. */
const PLAIN = {
  chars: Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left']
      .concat(['left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
      .map((place) => [place, place === 'middle' ? '  ' : '']),
  ),
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};
/** Told by other lines of the trail, or too fine to be read. */
const LEFT_OUT = ['task.charged', 'effect.planned', 'effect.sending', 'transcript.saved'];

export async function report(stage: Stage, told: Told): Promise<string> {
  const tasks = [told.issue, ...told.reviews];
  const alone = told.specialists.map(({ task }) => task);
  const snapshot = await stage.github.snapshot(REPOSITORY);
  const { store } = stage.crew;
  const records = (
    await Promise.all([...tasks, ...alone].map((task) => store.tasks.records(task.id)))
  ).filter((found) => found !== null);
  const trails = await Promise.all(tasks.map((task) => store.events.ofTask(task.id)));
  const entries = trails.flat().length;
  const paid =
    stage.model === null ? 'What it cost' : 'What it would cost with Claude (scripted: nothing was paid)';
  return [
    pc.underline(`What stands on GitHub, below ${stage.github.url}/${REPOSITORY}`),
    standingTable(snapshot),
    pc.underline('What each specialist made alone'),
    specialistsTable(snapshot, told),
    pc.underline('The tests of the sample, run by the demo itself in a clone of each branch'),
    triesText(told),
    pc.underline(paid),
    receipt(records),
    checksOf(records),
    pc.underline(
      `The audit trail of ${tasks.length} tasks; those of the specialists' own issues are not shown (${entries} entries; all but ${LEFT_OUT.join(', ')} are shown)`,
    ),
    ...trails.map(trailTable),
  ].join('\n\n');
}

function standingTable(snapshot: RepoSnapshot): string {
  const bot = (login: string): boolean => login.endsWith('[bot]');
  const table = new Table({ head: ['what', 'by', 'says', 'where'].map(pc.bold), ...PLAIN });
  for (const issue of snapshot.issues) {
    table.push([`issue #${issue.number}`, issue.user, title(issue.title), `/issues/${issue.number}`]);
  }
  for (const pull of snapshot.pulls) {
    const what = `${pull.pull?.draft === true ? 'draft ' : ''}pull request #${pull.number}`;
    table.push([what, pull.user, title(pull.title), `/pull/${pull.number}`]);
  }
  for (const comment of snapshot.comments.filter(({ user }) => bot(user))) {
    table.push([
      `comment on #${comment.number}`,
      comment.user,
      title(comment.body),
      `/issues/${comment.number}#issuecomment-${comment.id}`,
    ]);
  }
  for (const review of snapshot.reviews) {
    table.push([`review of #${review.number}`, review.user, title(review.body), `/pull/${review.number}`]);
  }
  for (const comment of snapshot.reviewComments) {
    table.push([
      `finding at ${comment.path}:${comment.line ?? comment.originalLine}`,
      comment.user,
      title(comment.body),
      `/pull/${comment.number}/files`,
    ]);
  }
  for (const run of snapshot.checkRuns) {
    table.push([
      `check run: ${run.name}`,
      run.app,
      `${run.status}, ${run.conclusion ?? 'no conclusion'}`,
      `/commit/${run.headSha.slice(0, 7)}`,
    ]);
  }
  return table.toString();
}

function specialistsTable(snapshot: RepoSnapshot, { specialists }: Told): string {
  const table = new Table({ head: ['specialist', 'was asked', 'opened', 'where'].map(pc.bold), ...PLAIN });
  for (const { role, task } of specialists) {
    const { number } = task.subject;
    const asked = snapshot.issues.find((issue) => issue.number === number);
    for (const pull of pullsClosing(snapshot, number)) {
      const what = `${pull.pull?.draft === true ? 'draft ' : ''}pull request #${pull.number}`;
      table.push([role, `#${number} ${title(asked?.title ?? '')}`, what, `/pull/${pull.number}`]);
    }
  }
  return table.toString();
}

function triesText({ tried }: Told): string {
  const lines = tried.map(({ branch, exitCode, pull, tests }) => {
    const mark = exitCode === 0 ? pc.green('✓') : pc.red('✗');
    const where = pull === null ? branch : `#${pull} ${branch}`;
    return `${mark} ${where}: npm test ended with status ${exitCode ?? 'unknown'}, ${tests ?? 'no'} tests`;
  });
  return lines.join('\n');
}

function receipt(all: readonly TaskRecords[]): string {
  const table = new Table({
    head: ['task', 'subtask', 'role', 'model', 'turns', 'tokens in', 'from cache', 'tokens out', 'USD'].map(
      pc.bold,
    ),
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
    ...PLAIN,
  });
  for (const { task, subtasks, results } of all) {
    for (const result of results) {
      const subtask = subtasks.find((candidate) => candidate.id === result.subtaskId);
      const { usage } = result;
      if (usage.model === null || subtask === undefined) continue;
      const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
      const row = [
        `#${task.subject.number} ${task.kind}`,
        subtask.key,
        subtask.role,
        usage.model,
        usage.turns,
        read,
        usage.cacheReadTokens,
        usage.outputTokens,
      ];
      table.push([...row, result.costUsd.toFixed(4)]);
    }
    table.push([
      `#${task.subject.number} ${task.kind}`,
      'all',
      '',
      '',
      '',
      '',
      '',
      '',
      task.costUsd.toFixed(4),
    ]);
  }
  return table.toString();
}

function checksOf(all: readonly TaskRecords[]): string {
  const lines = all.flatMap(({ results, task }) =>
    results.flatMap(({ outcome }) =>
      outcome.kind !== 'checks'
        ? []
        : outcome.runs.map((run) => {
            const sandbox = run.sandbox === 'off' ? ', without a sandbox' : '';
            return `checked by code for #${task.subject.number}: ${run.command} ended with status ${run.exitCode} in ${run.durationMs} ms${sandbox}`;
          }),
    ),
  );
  return lines.join('\n');
}

function trailTable(events: readonly AuditEvent[]): string {
  const table = new Table({ head: ['seq', 'at', 'actor', 'what', 'about'].map(pc.bold), ...PLAIN });
  for (const event of events) {
    if (LEFT_OUT.includes(event.type)) continue;
    const about = [event.data.key, event.data.role, event.data.reason].filter(
      (word) => typeof word === 'string' && word !== '',
    );
    table.push([event.seq, event.at.slice(11, 23), event.actor, event.type, title(about.join(' '))]);
  }
  return table.toString();
}

function title(text: string): string {
  const line = text
    .replace(/[*_`#]|<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > TITLE_SHOWN ? `${line.slice(0, TITLE_SHOWN - 1)}…` : line;
}
