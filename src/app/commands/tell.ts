/** Tells the agents at work here something: they read it before their next model call. */

import { isOpen } from '../../core/decide/requests.ts';
import { hearers, hears, isUnplanned } from '../../core/decide/steering.ts';
import { UserError } from '../../core/errors.ts';
import * as say from '../../core/messages/steering.ts';
import type { Subtask, Task } from '../../core/records.ts';
import { addressed } from '../addressed.ts';
import type { Command, CommandContext } from '../command.ts';

export const command: Command = {
  name: 'tell',
  summary: 'Tells whoever is at work here something, or one specialist; it is read before the next step.',
  usage: '/crew tell [role:] <text>',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: true,
  run: async (context, args) => {
    const { role, text } = addressed(args, context.roles);
    if (text === '') throw new UserError(say.tellUsage);
    if (text.length > say.WORDS_MAX_CHARS) throw new UserError(say.tooManyWords(text.length));
    const open = context.tasks.filter(isOpen);
    const hearing = open.filter(hears);
    if (hearing.length === 0) throw new UserError(open[0] ? say.hearsNothing(open[0]) : say.nothingHears);
    const { tasks, subtasks } = await whoReads(context, hearing, role);
    return [
      ...tasks.map(
        (task) => ({ kind: 'send_message', taskId: task.id, body: text, ...(role && { to: role }) }) as const,
      ),
      context.reply(say.toldTo(subtasks)),
    ];
  },
};

/** Throws UserError when the specialist that was named will read nothing here. */
async function whoReads({ records }: CommandContext, hearing: readonly Task[], role: string | null) {
  const known = await Promise.all(hearing.map((task) => records(task.id)));
  const of = (task: Task, named: string | null): readonly Subtask[] => {
    const found = known.find((candidate) => candidate?.task.id === task.id);
    return found ? hearers(found, named) : [];
  };
  const tasks = hearing.filter((task) => role === null || isUnplanned(task) || of(task, role).length > 0);
  if (tasks.length === 0 && role !== null) {
    throw new UserError(
      say.roleHearsNothing(
        role,
        hearing.flatMap((task) => of(task, null)),
      ),
    );
  }
  return { tasks, subtasks: tasks.flatMap((task) => of(task, role)) };
}
