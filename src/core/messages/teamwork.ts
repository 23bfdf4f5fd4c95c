/** Every sentence of the crew's teamwork: what an agent is told of its mail, and how a proposed standard is put before people. */
import type { Message, Task } from '../records.ts';
import { code, inlineText, modelText } from './format.ts';

/** Of a message or a decision. */
export const MESSAGE_MAX_CHARS = 2_000;
export const MESSAGES_PER_SUBTASK_MAX = 20;
export const DECISIONS_PER_TASK_MAX = 40;
export const STANDARD_MAX_CHARS = 6_000;
export const STANDARDS_PER_TASK_MAX = 3;
export const WHY_MAX_CHARS = 2_000;

/** As an agent reads it: its sender, then its words. */
export function mailLine({ from, kind, body }: Message): string {
  return kind === 'decision' ? `${from}: Decided: ${body}` : `${from}: ${body}`;
}

export function earlierMailLeftOut(leftOut: number): string {
  return `crew: ${leftOut} older messages of this task are not shown.`;
}

export function notOnTask(to: string, roles: readonly string[]): string {
  const others =
    roles.length === 0 ? 'Nobody else works on this task' : `On this task are: ${roles.join(', ')}`;
  return `${to} does not work on this task. ${others}. Or write to "everyone".`;
}

export const notToYourself = 'That is your own role. Write to a teammate, or to "everyone".';

export function tooManyMessages(kind: Message['kind']): string {
  return kind === 'decision'
    ? `The board holds ${DECISIONS_PER_TASK_MAX} decisions, which is all that it takes. Put the rest into your answer.`
    : `You have sent ${MESSAGES_PER_SUBTASK_MAX} messages, which is all. Put the rest into your answer.`;
}

export function messageTaken({ to, kind }: Pick<Message, 'to' | 'kind'>): string {
  if (kind === 'decision') {
    return 'Recorded. Teammates at work read it before their next step; those who begin later, in their briefing.';
  }
  return `Sent to ${to ?? 'everyone on the task'}: read before the next step, or at the start by who begins later. No answer is promised; go on.`;
}

export const standardProposedBefore = 'You have proposed a standard already; one for each subtask is all.';
export const standardsAreEnough = `This task has proposed ${STANDARDS_PER_TASK_MAX} standards, which is all.`;

export function standardTaken(name: string): string {
  return `The standard ${name} becomes a pull request for the people of this repository to judge. It does not apply until they merge it.`;
}

export function standardTitle(name: string): string {
  return `Propose the standard ${inlineText(name, 80)}`;
}

export function standardBody(task: Task, role: string, why: string): string {
  return [
    modelText(why, WHY_MAX_CHARS),
    `The ${inlineText(role, 60)} specialist proposes this while it works on #${task.subject.number}. Merged, it is part of every briefing of the crew on this repository; closed, nothing changes.`,
    `<sub>Task ${code(task.id)}</sub>`,
  ].join('\n\n');
}

/** The file as the crew reads standards: its name, one line, its text. */
export function standardFile(name: string, text: string): string {
  const first = text.split('\n').find((line) => /\w/.test(line)) ?? name;
  const line = first
    .replace(/^[#\-*>\s]+/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 180)
    .toWellFormed();
  return `---\nname: ${name}\ndescription: ${JSON.stringify(line === '' ? name : line)}\n---\n${text.trim()}\n`;
}
