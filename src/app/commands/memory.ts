/** Shows what the crew learned of the repository and from whom, and has it forget some of that. */
import type { Change } from '../../core/change.ts';
import { UserError } from '../../core/errors.ts';
import { commandNeedsAccess } from '../../core/messages/commands.ts';
import {
  FORGOTTEN_MAX,
  forgotten,
  MEMORIES_SHOWN_MAX,
  memoryComment,
  memoryUsage,
  noSuchMemory,
  tooManyForgotten,
} from '../../core/messages/memories.ts';
import { allows } from '../../core/permissions.ts';
import type { Command, CommandContext } from '../command.ts';

/** Memories among which the ids are looked for. */
const MEMORIES_MAX = 1_000;

export const command: Command = {
  name: 'memory',
  summary: 'Lists what the crew learned of this repository, or has it forget some of it.',
  usage: '/crew memory [forget <id> …]',
  access: 'triage',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context, args) => {
    if (args === '') {
      const memories = await context.memories(MEMORIES_SHOWN_MAX + 1);
      const shown = memories.slice(0, MEMORIES_SHOWN_MAX);
      return [context.reply(memoryComment(shown, memories.length > shown.length))];
    }
    const [verb, ...ids] = args.toLowerCase().split(/[\s,`]+/);
    const named = [...new Set(ids.filter((id) => id !== ''))];
    if (verb !== 'forget' || named.length === 0) throw new UserError(memoryUsage);
    return forget(context, named);
  },
};

async function forget(context: CommandContext, ids: readonly string[]): Promise<readonly Change[]> {
  const { actor, permission, repository } = context;
  if (!allows(permission, 'write')) {
    throw new UserError(commandNeedsAccess(actor, 'memory forget', 'write'));
  }
  if (ids.length > FORGOTTEN_MAX) throw new UserError(tooManyForgotten(ids.length));
  const known = new Set((await context.memories(MEMORIES_MAX)).map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new UserError(noSuchMemory(unknown));
  const changes = ids.map((memoryId): Change => {
    return { kind: 'forget_memory', repositoryId: repository.id, memoryId };
  });
  return [...changes, context.reply(forgotten(ids))];
}
