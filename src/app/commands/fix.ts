/** Begins a round on a pull request of the crew's own, however many there were; a person who asks takes `crew:needs-human` off. */
import type { Change } from '../../core/change.ts';
import { NEEDS_HUMAN, openRound } from '../../core/decide/own-pulls.ts';
import { fixTask } from '../../core/decide/rounds.ts';
import { UserError } from '../../core/errors.ts';
import { notOurPull, pullGone, roundRuns } from '../../core/messages/fix.ts';
import type { Feedback } from '../../core/request-records.ts';
import type { Command, CommandContext } from '../command.ts';

export const command: Command = {
  name: 'fix',
  summary:
    'Works on a pull request that the crew opened: on what you say, or on what keeps it from being merged.',
  usage: '/crew fix [what to do]',
  access: 'write',
  on: ['pull_request'],
  onlyOpen: true,
  run: async (context, args) => {
    const { repository, subject, reader, requestKey, config } = context;
    const pull = await context.ownPull();
    if (pull === null) throw new UserError(notOurPull);
    const running = openRound(context.tasks);
    if (running !== undefined) throw new UserError(roundRuns(running.id));
    const standing = await reader.standing(repository, subject.number);
    if (standing?.open !== true) throw new UserError(pullGone);
    const [pullRequest, paths] = await Promise.all([
      reader.pullRequest(repository, subject.number),
      reader.changedPaths(repository, subject.number),
    ]);
    const ground = { pullRequest, paths, baseHead: pullRequest.baseSha };
    const cause = { kind: 'asked', note: args } as const;
    const requester = context.actor;
    const feedback = await leftUnanswered(context);
    const round = { repository, pull, ground, config, requestKey, requester, cause, feedback };
    return [...freed(context, standing.labels), ...fixTask(round)];
  },
};

/** Words of a round that came to nothing, such as by a push in the middle of it: nobody else takes them up again. */
async function leftUnanswered({ tasks, records }: CommandContext): Promise<readonly Feedback[]> {
  const newest = tasks.find(({ kind }) => kind === 'fix');
  if (newest?.request.kind !== 'fix' || newest.state === 'done') return [];
  const effects = (await records(newest.id))?.effects ?? [];
  const isPushed = effects.some(({ action, outcome }) => action.kind === 'push_branch' && outcome !== null);
  return isPushed ? [] : newest.request.feedback;
}

function freed(
  { repository, subject, requestKey }: CommandContext,
  labels: readonly string[],
): readonly Change[] {
  if (!labels.includes(NEEDS_HUMAN)) return [];
  const action = { kind: 'remove_label', number: subject.number, label: NEEDS_HUMAN } as const;
  const effect = { key: `needs-human-off:${requestKey}`, taskId: null, repository, action };
  return [{ kind: 'plan_effect', effect }];
}
