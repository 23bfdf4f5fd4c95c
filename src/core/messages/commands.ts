/** Every sentence said in reply to commands and labels, and about the repository's configuration. */

import { Document, isScalar, type Node } from 'yaml';
import type { Access } from '../permissions.ts';
import type { Task } from '../records.ts';
import { CONFIG_PATH, type ParsedConfig } from '../repo-config.ts';
import type { ConfigProblem } from '../repo-config-yaml.ts';
import { code, codeBlock, count, inlineText, usd } from './format.ts';

const NAME_MAX_CHARS = 60;
const REASON_MAX_CHARS = 300;
const TASKS_SHOWN_MAX = 20;

const WHO: Readonly<Record<Access, string>> = {
  write: 'people with write access to this repository',
  triage: 'people with triage access to this repository or more',
  read: 'people with read access to this repository',
};

/** What `help` shows of a command. */
export interface CommandHelp {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly access: Access;
  readonly on: readonly ('issue' | 'pull_request')[];
}

export function labelNeedsAccess(login: string, label: string, access: Access): string {
  return `${person(login)}, the label ${code(label)} starts work only when it is applied by ${WHO[access]}. Nothing was started.`;
}

export function roleNotEnabled(role: string, enabled: readonly string[]): string {
  return `The specialist ${code(role)} is not enabled here. ${CONFIG_PATH} enables: ${listed(enabled)}. Nothing was started.`;
}

export function commandNeedsAccess(login: string, command: string, access: Access): string {
  return `${person(login)}, ${code(`/crew ${command}`)} is for ${WHO[access]}. Nothing was done.`;
}

export function unknownCommand(verb: string, nearest: string | null): string {
  const meant = nearest === null ? '' : ` Did you mean ${code(`/crew ${nearest}`)}?`;
  const shown = code(`/crew ${verb.slice(0, NAME_MAX_CHARS)}`);
  return `${shown} is not a command.${meant} ${code('/crew help')} lists them all.`;
}

export function tooManyCommands(limit: number, given: number): string {
  return `This comment holds ${given} commands; at most ${limit} of one comment are run, and the first ${limit} were. Write the others in a comment of their own.`;
}

export function wrongSubject(command: string, on: readonly ('issue' | 'pull_request')[]): string {
  return `${code(`/crew ${command}`)} works on ${on.map(plural).join(' and ')} only. Nothing was done.`;
}

export function subjectClosed(command: string, kind: 'issue' | 'pull_request'): string {
  return `This ${noun(kind)} is closed, so ${code(`/crew ${command}`)} does nothing. Reopen it first.`;
}

export function commandFailed(message: string): string {
  return sentence(message, REASON_MAX_CHARS * 2);
}

export function deliveryGivenUp(cause: string): string {
  return `This was tried again and again without success, and is now given up: ${commandFailed(cause)} Nothing was done; ask once more when that has passed.`;
}

export function askedTooOften(login: string, limit: number): string {
  return `${person(login)} asked for ${limit} things here within an hour, by commands and labels, which is all that is taken up of one account: two programs that answer each other would never end. Until that hour is over, nothing more of this account is heard here but ${code('/crew stop')}. If it is a program, a person should look at what it answers.`;
}

export const approvalTakesNothing = `An approval takes no words: it is of the plan that waits, as it stands. ${code('/crew plan <what to change>')} has it changed; ${code('/crew approve')} alone approves it. Nothing was approved.`;

export const nothingAwaitsApproval = `No plan awaits approval here. ${code('/crew plan')} makes one.`;

export function baseMoved(branch: string, from: string, to: string): string {
  return `${code(branch)} moved from ${code(from.slice(0, 7))} to ${code(to.slice(0, 7))} since the plan was made, so the plan may no longer fit. ${code('/crew plan')} makes a new one.`;
}

export const issueChanged = `The issue's title or text changed since the plan was made, so the plan may no longer fit. ${code('/crew plan')} makes a new one.`;

export function planIsNewer(version: number): string {
  return `The plan that waits (version ${version}) was made after this was written. Read it, then write ${code('/crew approve')} once more.`;
}

export const questionWaits = `The Strategist asked something here and waits for the answer: write it in a comment, or with ${code('/crew plan <answer>')}. ${code('/crew stop')} ends that.`;

export function plannedTooOften(limit: number): string {
  return `This was planned ${limit} times already, which is the limit. Approve the plan that waits with ${code('/crew approve')}, or end it with ${code('/crew stop')} and start anew with ${code('/crew plan')}.`;
}

export function workRuns(task: Task): string {
  return `The crew works on this already (${stateOf(task)}). ${code('/crew stop')} ends that first.`;
}

export function reviewRuns(headSha: string): string {
  return `A review of ${code(headSha.slice(0, 7))} runs already; it will be published here.`;
}

export function reviewedAlready(headSha: string): string {
  return `${code(headSha.slice(0, 7))} was reviewed already, and nothing was pushed since. ${code('/crew review full')} reads all of it again.`;
}

export const reviewUsage = `${code('/crew review')} takes nothing or ${code('full')}: ${code('/crew review')} reads what is new since the last review, ${code('/crew review full')} all of it. Nothing was started.`;

export const reviewsPaused = `Reviews of this pull request are paused: pushes start none. ${code('/crew resume')} ends that and has the present commit reviewed; ${code('/crew review')} has it reviewed once.`;

export function pausedAlready(by: string | null): string {
  const who = by === null ? '' : ` by ${person(by)}`;
  return `Reviews of this pull request are paused already${who}. ${code('/crew resume')} ends that.`;
}

export const notPaused = `Reviews of this pull request are not paused. ${code('/crew review')} starts one.`;

export function resumedReviewed(headSha: string): string {
  return `Reviews follow pushes again. ${code(headSha.slice(0, 7))} has its review already.`;
}

export const nothingToStop = 'Nothing runs here, so there is nothing to stop.';
export const nothingToRetry =
  'The newest task here neither failed nor was stopped by anybody, so there is nothing to retry.';
export const questionMissing = `The question is missing: write it on the same line, as in ${code('/crew ask where are the sessions kept?')}.`;

export function stoppedBy(login: string): string {
  return `Stopped by ${login}.`;
}

export function statusComment(tasks: readonly Task[]): string {
  if (tasks.length === 0)
    return `The crew was not asked for anything here yet. ${code('/crew help')} says how.`;
  const rows = tasks.slice(0, TASKS_SHOWN_MAX).map((task) => {
    const reason = task.reason === null ? '' : inlineText(task.reason, REASON_MAX_CHARS);
    const cost = `${usd(task.costUsd)} of ${usd(task.budgetUsd)}`;
    return `| ${task.kind} | ${task.state.replaceAll('_', ' ')} | ${person(task.requester)} | ${cost} | ${reason} |`;
  });
  const more = tasks.length - rows.length;
  return [
    '| Task | State | Asked by | Cost | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...(more > 0 ? ['', `${count(more, 'older task')} not shown.`] : []),
  ].join('\n');
}

export function helpComment(commands: readonly CommandHelp[], roles: readonly string[]): string {
  const rows = commands.map(
    (command) =>
      `| ${code(command.usage).replaceAll('|', '\\|')} | ${command.summary} | ${command.on.map(plural).join(', ')} | ${command.access} |`,
  );
  return [
    'Write a command at the start of a line of a comment:',
    '',
    '| Command | What it does | On | Needs |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `Labels do the same: ${code('crew')} plans an issue, ${code('crew:auto')} does it without waiting for approval, ${code('crew:<specialist>')} gives it to one of ${listed(roles)}, ${code('crew:review')} reviews a pull request.`,
  ].join('\n');
}

export function configComment(parsed: ParsedConfig): string {
  const document = new Document(parsed.config);
  for (const [key, source] of Object.entries(parsed.sources)) {
    const node = document.getIn(key.split('.'), true);
    if (isScalar(node)) node.comment = ` ${source}`;
    else if (node instanceof Object) (node as Node).commentBefore = ` ${source}`;
  }
  return [
    'The configuration in effect, each value with where it comes from:',
    '',
    codeBlock(document.toString({ lineWidth: 0 }), 'yaml'),
    ...(parsed.problems.length === 0 ? [] : ['', configProblemsComment(parsed.problems)]),
  ].join('\n');
}

export function configProblemsComment(problems: readonly ConfigProblem[]): string {
  const items = problems.map(({ line, key, message, remedy }) => {
    const what = key === '' ? '' : `${code(key)} `;
    return `- line ${line}: ${what}${sentence(message, REASON_MAX_CHARS)}: ${sentence(remedy, REASON_MAX_CHARS)}`;
  });
  return [
    `${CONFIG_PATH} has ${count(problems.length, 'problem')}; the rest of it applies.`,
    '',
    ...items,
  ].join('\n');
}

/** Text around code is made harmless; code stays code, for in it a backslash would show. */
function sentence(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit - 1).toWellFormed()}…` : text;
  return cut
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : withItsSpaces(part)))
    .join('')
    .trim();
}

function withItsSpaces(text: string): string {
  const inner = inlineText(text, text.length);
  const [before, after] = [/^\s/.test(text) ? ' ' : '', /\s$/.test(text) ? ' ' : ''];
  return inner === '' ? before : `${before}${inner}${after}`;
}

function stateOf(task: Task): string {
  return `${task.kind}, ${task.state.replaceAll('_', ' ')}`;
}

/** A login without a mention: a reply in the same thread needs none. */
function person(login: string): string {
  return inlineText(login, NAME_MAX_CHARS);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(code).join(', ');
}

function noun(kind: 'issue' | 'pull_request'): string {
  return kind === 'issue' ? 'issue' : 'pull request';
}

function plural(kind: 'issue' | 'pull_request'): string {
  return `${noun(kind)}s`;
}
