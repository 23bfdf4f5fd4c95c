// What work that is done again, or that mends, is told besides its subtask: quoted, and bounded.
import type { AgentJob, Faults, ReturnedWork } from '../../core/agent-ports.ts';
import type { CheckRunRecord } from '../../core/result-records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, count, cutText, listed, quoteText } from './untrusted-text.ts';

export function returnedSection({ returned }: AgentJob): readonly string[] {
  return returned === undefined ? [] : [toldOf(returned)];
}

export function repairSection({ repair }: AgentJob): readonly string[] {
  return repair === undefined ? [] : [`<repair>\n${foundIn(repair).join('\n\n')}\n</repair>`];
}

function toldOf({ setback, patch }: ReturnedWork): string {
  const files = setback.files.slice(0, LIMITS.ownFiles);
  const said = quoteText([setback.message, ...listed('In conflict:', files)].join('\n'), LIMITS.subtask);
  const former = patch === '' ? 'It changed nothing.' : quoteText(patch, LIMITS.formerPatch);
  return `<returned>\n${said}\n\nYour change as it was:\n${former}\n</returned>`;
}

function foundIn({ runs, refusals, findings }: Faults): readonly string[] {
  const shown = runs.slice(0, LIMITS.repairRuns);
  const more = runs.length - shown.length;
  return [
    ...shown.map(runText),
    ...(more > 0 ? [`[cut: ${count(more)} more checks fail]`] : []),
    ...quotedList(
      'Refused:',
      refusals.map(({ message }) => message),
    ),
    ...quotedList(
      'Found by the security audit:',
      findings.map(
        ({ severity, path, line, title, body }) => `${severity}, ${path}:${line}: ${title}. ${body}`,
      ),
    ),
  ];
}

/** The end of an output tells most. */
function runText({ command, exitCode, timedOut, output }: CheckRunRecord): string {
  const end = timedOut ? 'did not end in time' : `ended with ${exitCode ?? 'a signal'}`;
  const tail = output.slice(-LIMITS.checkOutput).toWellFormed();
  const cut =
    tail.length < output.length
      ? `[cut: the last ${count(tail.length)} of ${count(output.length)} characters shown]\n`
      : '';
  const text = cut + quoteText(tail, LIMITS.checkOutput);
  return `<check command="${attribute(cutText(command, LIMITS.title))}" end="${end}">\n${text}\n</check>`;
}

function quotedList(head: string, lines: readonly string[]): readonly string[] {
  const listedLines = listed(head, lines);
  return listedLines.length === 0 ? [] : [quoteText(listedLines.join('\n'), LIMITS.repairList)];
}
