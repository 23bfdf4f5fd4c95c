// What stands on the task board when an agent begins: the decisions that teammates recorded while they worked.
import type { AgentJob } from '../../core/agent-ports.ts';
import type { Message } from '../../core/records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { count, quoteText } from './untrusted-text.ts';

export function boardSection({ decisions }: Pick<AgentJob, 'decisions'>): readonly string[] {
  if (decisions.length === 0) return [];
  const shown = newestThatFit(decisionLines(decisions));
  const leftOut = decisions.length - shown.length;
  const mark = leftOut === 0 ? [] : [`[not shown: ${count(leftOut)} older decisions; read_board lists them]`];
  return [`<board>\n${[...mark, ...shown].join('\n')}\n</board>`];
}

export function decisionLines(decisions: readonly Message[]): readonly string[] {
  return decisions.map(({ from, body }) =>
    quoteText(`- ${from.replace(/^crew:/, '')}: ${body}`, LIMITS.decision),
  );
}

function newestThatFit(lines: readonly string[]): readonly string[] {
  let chars = 0;
  const first = lines.findLastIndex((line) => {
    chars += line.length;
    return chars > LIMITS.board;
  });
  return lines.slice(first + 1);
}
