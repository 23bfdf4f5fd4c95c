/** What the live view of a task says: plain text, read from the records. The page escapes it; nothing of it is Markdown. */

import type { AuditEvent, Message, Task } from '../records.ts';
import { resultOf } from '../result-of.ts';
import { shorten } from '../shorten.ts';
import type { TaskRecords } from '../store-ports.ts';
import { duration, usd } from './format.ts';
import { headline, stateWord } from './progress.ts';

const MESSAGES_SHOWN_MAX = 100;
const TEXT_MAX_CHARS = 2_000;
const LINE_MAX_CHARS = 300;

export interface LiveView {
  readonly title: string;
  readonly headline: string;
  readonly reason: string | null;
  readonly facts: readonly string[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly plan: {
    readonly head: string;
    readonly summary: string;
    readonly subtasks: readonly string[];
    readonly risks: readonly string[];
  } | null;
  readonly subtasks: readonly { readonly done: boolean; readonly text: string }[];
  readonly messages: readonly { readonly head: string; readonly body: string }[];
  readonly messagesLeftOut: number;
}

/** `webUrl` is GitHub's. */
export function liveView(records: TaskRecords, now: Date, webUrl: string): LiveView {
  const { task, subtasks, messages } = records;
  const shown = messages.slice(-MESSAGES_SHOWN_MAX);
  return {
    title: titleOf(task),
    headline: headline(task),
    reason: task.reason === null ? null : shorten(task.reason, TEXT_MAX_CHARS),
    facts: [
      `${task.kind}, ${task.state.replaceAll('_', ' ')}`,
      `asked by ${task.requester}`,
      `${usd(task.costUsd)} of ${usd(task.budgetUsd)} spent`,
      `since ${task.createdAt}`,
    ],
    links: linksOf(records, webUrl),
    plan: planOf(records),
    subtasks: subtasks.map((subtask) => {
      const result = resultOf(records, subtask);
      const facts = [
        subtask.role,
        stateWord(subtask, now),
        ...(result === null ? [] : [duration(result.durationMs)]),
        ...(subtask.costUsd > 0 ? [usd(subtask.costUsd)] : []),
      ];
      return {
        done: subtask.state === 'done',
        text: `${subtask.key}: ${shorten(subtask.title, LINE_MAX_CHARS)} (${facts.join(', ')})`,
      };
    }),
    messages: shown.map((message) => ({
      head: `${message.at} ${headOf(message)}`,
      body: shorten(message.body, TEXT_MAX_CHARS),
    })),
    messagesLeftOut: messages.length - shown.length,
  };
}

function titleOf({ repository, subject, kind }: Task): string {
  const on = subject.kind === 'commit' ? '' : `#${subject.number}`;
  return `${repository.owner}/${repository.name}${on}: ${kind}`;
}

function headOf({ from, to, kind }: Message): string {
  return kind === 'decision' ? `${from} decided` : `${from} to ${to ?? 'everyone'}`;
}

function linksOf({ task, effects }: TaskRecords, webUrl: string): LiveView['links'] {
  const { owner, name } = task.repository;
  const repository = `${webUrl}/${owner}/${name}`;
  const { subject } = task;
  const on =
    subject.kind === 'commit'
      ? { label: 'Repository', url: repository }
      : subject.kind === 'issue'
        ? { label: `Issue #${subject.number}`, url: `${repository}/issues/${subject.number}` }
        : { label: `Pull request #${subject.number}`, url: `${repository}/pull/${subject.number}` };
  const outcomes = effects.flatMap(({ action, outcome }) => {
    if (outcome?.url == null || !/^https?:/.test(outcome.url)) return [];
    if (action.kind === 'open_pull_request') return [{ label: 'Pull request', url: outcome.url }];
    if (action.kind === 'push_branch') return [{ label: 'Branch', url: outcome.url }];
    return action.kind === 'propose_standard' ? [{ label: 'Proposed standard', url: outcome.url }] : [];
  });
  return [on, ...outcomes];
}

function planOf({ plan }: TaskRecords): LiveView['plan'] {
  if (plan === null) return null;
  const by = plan.approvedBy === null ? plan.state : `approved by ${plan.approvedBy}`;
  const { summary, subtasks, risks } = plan.answer;
  return {
    head: `Plan, version ${plan.version}, ${by}; at most ${usd(plan.estimateUsd)}`,
    summary: shorten(summary, TEXT_MAX_CHARS),
    subtasks: subtasks.map(({ key, role, title, goal, depends_on }) => {
      const after = depends_on.length === 0 ? '' : `, after ${depends_on.join(', ')}`;
      return shorten(`${key} ${title} (${role}${after}): ${goal}`, TEXT_MAX_CHARS);
    }),
    risks: risks.map((risk) => shorten(risk, TEXT_MAX_CHARS)),
  };
}

/** One line of the trail; null for what nobody watches for. Bodies and answers are not in it. */
export function liveLine({ at, actor, type, data }: AuditEvent): string | null {
  const [record = '', what = ''] = type.split('.');
  const text = lineOf(record, what.replaceAll('_', ' '), data);
  return text === null ? null : shorten(`${at} ${actor}: ${text}`, LINE_MAX_CHARS);
}

function lineOf(record: string, what: string, data: AuditEvent['data']): string | null {
  const told = (name: string): string => (typeof data[name] === 'string' ? data[name] : '');
  switch (record) {
    case 'task':
      if (what === 'charged') return null;
      return what === 'budget set' ? `budget set to ${usd(Number(data.budgetUsd))}` : `task ${what}`;
    case 'plan':
      return `plan ${what}`;
    case 'subtask':
      return `${told('key')} (${told('role')}) ${what}`;
    case 'message':
      return data.kind === 'decision' ? 'decision recorded' : `message to ${told('to') || 'everyone'}`;
    case 'effect':
      return what === 'done' || what === 'failed' || what === 'postponed'
        ? `${told('kind').replaceAll('_', ' ')} ${what}`
        : null;
    default:
      return null;
  }
}
