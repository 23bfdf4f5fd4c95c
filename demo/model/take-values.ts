/** Takes a script's named values out of the request: places in the diff, text of the prompt, text of tool results. */
import { findInDiff } from './annotated-diff.ts';
import type { Briefing } from './briefing.ts';
import type { Take } from './conversation-format.ts';
import type { Taken } from './fill-in.ts';
import { ScriptFailure } from './script-failure.ts';

/** `results` are the texts of the last tool results, in the order of the calls. */
export function takeValues(
  takes: Readonly<Record<string, Take>> | undefined,
  briefing: Briefing,
  results: readonly string[],
): [string, Taken][] {
  return Object.entries(takes ?? {}).map(([name, take]) => {
    const taken = takeOne(take, briefing, results, name);
    if (taken === null && !take.optional) {
      throw new ScriptFailure(`"${name}" looks for ${describe(take)}, which is not there`);
    }
    return [name, taken];
  });
}

function takeOne(take: Take, briefing: Briefing, results: readonly string[], name: string): Taken {
  if ('diff' in take) {
    const query = { find: take.diff, to: take.to, file: take.file, side: take.side };
    const [place, other] = findInDiff(briefing.diff(), query);
    if (place && other) {
      throw new ScriptFailure(
        `"${name}" looks for ${describe(take)}, which is there twice: ${place.path}:${place.line} and ${other.path}:${other.line}`,
      );
    }
    return place ? { ...place } : null;
  }
  if ('prompt' in take) return matched(take.prompt.exec(briefing.prompt));
  const text = take.of === undefined ? results.join('\n') : (results[take.of - 1] ?? '');
  return matched(take.result.exec(text));
}

/** Named groups become parts, and one of the name `number` a number; otherwise the first group, or all that matched, is the value. */
function matched(match: RegExpExecArray | null): Taken {
  if (!match) return null;
  if (match.groups) {
    const { number } = match.groups;
    return { ...match.groups, ...(number === undefined ? {} : { number: Number(number) }), text: match[0] };
  }
  return match[1] ?? match[0];
}

function describe(take: Take): string {
  if ('diff' in take) {
    const side = take.side === 'RIGHT' ? 'an added' : 'a removed';
    return `${side} line ${take.diff}${take.file ? ` in ${take.file}` : ''} in the diff`;
  }
  if ('prompt' in take) return `${take.prompt} in the prompt`;
  return `${take.result} in the last tool result`;
}
