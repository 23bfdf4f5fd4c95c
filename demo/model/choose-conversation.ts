/** Which conversation answers a request: the one whose conditions all hold and that has the most of them. */
import type { Briefing } from './briefing.ts';
import type { Conversation } from './conversation-format.ts';
import { ScriptFailure } from './script-failure.ts';

interface Condition {
  readonly name: string;
  readonly holds: boolean;
}

export function chooseConversation(all: readonly Conversation[], briefing: Briefing): Conversation {
  const matching = all.filter((one) => conditions(one, briefing).every(({ holds }) => holds));
  const usual = matching.filter((one) => !one.fallback);
  const candidates = usual.length > 0 ? usual : matching;
  const most = Math.max(0, ...candidates.map((one) => conditions(one, briefing).length));
  const [chosen, rival] = candidates.filter((one) => conditions(one, briefing).length === most);
  const asked = `role "${briefing.role}" on job "${briefing.job}"`;
  if (!chosen) throw new ScriptFailure(`no conversation for ${asked}; ${closest(all, briefing)}`);
  if (rival) {
    throw new ScriptFailure(
      `two conversations answer ${asked} equally well: "${chosen.name}" and "${rival.name}"`,
    );
  }
  return chosen;
}

function conditions({ when }: Conversation, briefing: Briefing): Condition[] {
  const { role, job, says = [], asked = [] } = when;
  return [
    ...(role ? [{ name: `role ${role.join('|')}`, holds: role.includes(briefing.role) }] : []),
    ...(job ? [{ name: `job ${job.join('|')}`, holds: job.some((kind) => kind === briefing.job) }] : []),
    ...says.map((pattern) => ({ name: `says ${pattern}`, holds: pattern.test(briefing.prompt) })),
    ...asked.map((pattern) => ({ name: `asked ${pattern}`, holds: pattern.test(briefing.asked) })),
  ];
}

function closest(all: readonly Conversation[], briefing: Briefing): string {
  const scored = all.map((one) => {
    const checks = conditions(one, briefing);
    const failed = checks.filter(({ holds }) => !holds);
    return { one, failed, score: (checks.length - failed.length) / Math.max(1, checks.length) };
  });
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  if (!best) return 'there are no conversations at all';
  return `closest is "${best.one.name}", which failed on ${best.failed.map(({ name }) => name).join(' and ')}`;
}
