/**
 * What specialists say and do on a stage, a line for each: every function answers a conversation of the scripted model
 * (see demo/conversations/README.md). Of two that fit a request, the one with more conditions (`says`) is played, so a later
 * round (after an answer, a conflict, a red check) is a second conversation that names words of its briefing.
 */
import type { ConversationFile } from '../../demo/model/conversation-format.ts';
import type { Files } from './bare-repository.ts';

/** Patterns that the briefing must hold, such as the title or what a person said. */
export interface Told {
  readonly says?: string | string[];
}

export interface ScriptedSubtask {
  readonly role: string;
  readonly title?: string;
  readonly goal?: string;
  readonly acceptance?: string[];
  readonly files?: string[];
  readonly depends_on?: string[];
}

/** Subtasks become S1, S2, … in their order. */
export function plans(
  subtasks: readonly ScriptedSubtask[],
  more: Told & { readonly summary?: string; readonly risks?: string[] } = {},
): ConversationFile {
  return planning('Plans', more, {
    decision: 'plan',
    summary: more.summary ?? 'What the issue asks for, in as few steps as it takes.',
    subtasks: planned(subtasks),
    risks: more.risks ?? [],
    questions: [],
  });
}

export function asks(questions: string[], told: Told = {}): ConversationFile {
  const rest = { summary: 'One thing must be known first.', subtasks: [], risks: [] };
  return planning('Asks', told, { decision: 'question', ...rest, questions });
}

export function findsNothingToDo(reason: string, told: Told = {}): ConversationFile {
  const rest = { summary: reason, subtasks: [], risks: [], questions: [] };
  return planning('Finds nothing to do', told, { decision: 'no_change', ...rest });
}

/** The Architect leaves a plan as it is. Played only where no other conversation fits. */
export function agrees(): ConversationFile {
  return {
    about: 'Agrees to any plan',
    when: { role: 'architect', job: 'amend' },
    fallback: true,
    answer: { verdict: 'agree', reason: 'It is as it should be.', plan: null },
  };
}

/** The Architect's one amendment: the whole plan as it should be. */
export function amends(
  reason: string,
  subtasks: readonly ScriptedSubtask[],
  told: Told = {},
): ConversationFile {
  const rest = { summary: 'As the Architect amended it.', risks: [], questions: [] };
  return {
    about: 'Amends the plan',
    when: { role: 'architect', job: 'amend', ...told },
    answer: { verdict: 'amend', reason, plan: { decision: 'plan', subtasks: planned(subtasks), ...rest } },
  };
}

export interface ScriptedFinding {
  readonly path: string;
  readonly line: number;
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
  readonly title: string;
  readonly body?: string;
}

/** Security's look at a diff. Without findings it is played only where no other conversation fits. */
export function audits(findings: readonly ScriptedFinding[] = [], told: Told = {}): ConversationFile {
  return {
    about: findings.length === 0 ? 'Finds a diff harmless' : 'Finds fault with a diff',
    when: { role: 'security', job: 'audit', ...told },
    fallback: findings.length === 0,
    answer: {
      summary: findings.length === 0 ? 'Nothing to hold against it.' : 'It can be abused.',
      findings: findings.map((finding) => ({ body: 'It is abused like this; mend it.', ...finding })),
    },
  };
}

export interface Work extends Told {
  /** Written whole. */
  readonly writes?: Files;
  /** Each replaces one place in a file, which is read first. */
  readonly edits?: readonly { readonly path: string; readonly from: string; readonly to: string }[];
  /** Shell commands before the last, one a turn; they may fail. */
  readonly runs?: readonly string[];
  /** The last command; null: none. Without `fails` it must end with status 0. */
  readonly tests?: string | null;
  readonly fails?: boolean;
  /** So many more looks at the repository before anything is done: turns, and what they cost. */
  readonly looks?: number;
  readonly summary?: string;
  readonly decisions?: string[];
  readonly not_done?: string[];
  /** To the words of people: `id` as the briefing names it, or the name of something in `take`. */
  readonly replies?: readonly {
    readonly id: number | string;
    readonly done: boolean;
    readonly text: string;
  }[];
  readonly take?: ConversationFile['take'];
}

/** A specialist's subtask: looks around, changes files, runs the tests, and answers with their output. */
export function works(role: string, work: Work): ConversationFile {
  const { writes = {}, edits = [], runs = [], tests = 'npm test', fails = false, looks = 0 } = work;
  const look = turn('What is there?', { tool: 'glob', input: { pattern: '**/*.{js,json,md}' } });
  const reads = edits.map(({ path }) => call('read', { file_path: path }));
  const changes = [
    ...edits.map(({ path, from, to }) => call('edit', { file_path: path, old_string: from, new_string: to })),
    ...Object.entries(writes).map(([path, content]) => call('write', { file_path: path, content })),
  ];
  const turns = [
    ...Array.from({ length: looks + 1 }, () => look),
    ...(reads.length > 0 ? [turn('How the places look.', ...reads)] : []),
    ...(changes.length > 0 ? [turn('The change.', ...changes)] : []),
    ...[...runs, ...(tests === null ? [] : [tests])].map((command, at) => ({
      ...turn('And a command.', call('bash', { command })),
      ...(at > 0 ? { after_error: 'either' as const } : {}),
    })),
  ];
  const why = [work.says ?? []].flat().map((pattern) => ` when it reads ${pattern}`);
  return {
    about: `${role} works on ${[...Object.keys(writes), ...edits.map(({ path }) => path)].join(', ') || 'nothing'}${why.join('')}`,
    when: { role, job: 'work', ...(work.says === undefined ? {} : { says: work.says }) },
    ...(work.take === undefined ? {} : { take: work.take }),
    turns,
    finally: { after_error: tests === null ? 'either' : fails },
    answer: {
      summary: work.summary ?? `The part of ${role}.`,
      decisions: work.decisions ?? [],
      checks: tests === null ? [] : [`${tests}: ${fails ? 'failed' : 'passed'}`],
      not_done: work.not_done ?? [],
      ...(work.replies === undefined
        ? {}
        : { replies: work.replies.map(({ id, ...reply }) => ({ id: quoted(id), ...reply })) }),
    },
  };
}

/** The QA Engineer, asked for tests of what others made, finds that theirs suffice. Played only where no other conversation fits. */
export function findsTested(): ConversationFile {
  const summary = 'The tests of those who made it show what was asked for.';
  return { ...works('qa', { summary }), about: 'Finds the tests of others enough', fallback: true };
}

type Call = { readonly tool: string; readonly input: Record<string, unknown> };

/** Second looks find every candidate to be so. */
export function confirms(reason = 'It is so.', severity = '{{ item.severity }}'): ConversationFile {
  const value = { id: '{{ item.id }}', verdict: 'confirmed', severity, reason };
  return {
    about: 'Confirms what was found',
    when: { job: 'refute' },
    answer: { verdicts: { $each: 'candidates', $value: value } },
  };
}

function call(tool: string, input: Record<string, unknown>): Call {
  return { tool, input };
}

function turn(say: string, ...calls: Call[]): { say: string; calls: Call[] } {
  return { say, calls };
}

function planning(about: string, told: Told, answer: Record<string, unknown>): ConversationFile {
  return {
    about,
    when: { role: 'strategist', job: 'plan', ...(told.says === undefined ? {} : { says: told.says }) },
    turns: [turn('What is there?', call('glob', { pattern: '**/*.js' }))],
    answer,
  };
}

function planned(subtasks: readonly ScriptedSubtask[]): readonly Required<ScriptedSubtask>[] {
  return subtasks.map((subtask, at) => {
    const title = subtask.title ?? `The part of ${subtask.role}`;
    const rest = { acceptance: ['npm test passes'], files: [], depends_on: [] };
    return { key: `S${at + 1}`, title, goal: `${title}, with its tests.`, ...rest, ...subtask };
  });
}

function quoted(id: number | string): number | string {
  return typeof id === 'number' ? id : `{{ ${id} }}`;
}
