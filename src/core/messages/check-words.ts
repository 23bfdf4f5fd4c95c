/** Why work that is integrated is not green, what was refused and why, and what Security found, in words. */
import type { AuditAnswer } from '../answers.ts';
import type { Subtask } from '../records.ts';
import type { CheckRunRecord, Refusal } from '../result-records.ts';
import { bullets, code, count, inlineText, subtaskName } from './format.ts';

const COMMAND_SHOWN = 200;
export const REASONS_SHOWN = 20;

export function redRun({ command, exitCode, timedOut }: CheckRunRecord): string {
  const what = code(command.slice(0, COMMAND_SHOWN));
  return timedOut ? `${what} did not end in time.` : `${what} ended with ${exitCode ?? 'a signal'}.`;
}

export function findingReason({ severity, title, path, line }: AuditAnswer['findings'][number]): string {
  return `Security, ${severity}: ${inlineText(title, 200)} (${code(`${path}:${line}`)}).`;
}

export function repairFailed(repair: Pick<Subtask, 'key' | 'role'>, why: string): string {
  return `The repair ${subtaskName(repair)} came to no end: ${inlineText(why, 400)}`;
}

/** Why a task ends without a pull request. */
export function refusedChange(refusals: readonly Refusal[], repairs: number): string {
  const tried = repairs === 0 ? '' : ` It went back ${count(repairs, 'time')}.`;
  return [
    `The change may not leave as it is, so nothing was pushed.${tried}`,
    bullets(
      refusals.map(({ message }) => message),
      REASONS_SHOWN,
    ),
  ].join('\n\n');
}

/** Why a pull request needs a person, for the end of the task. */
export function needsHuman(reasons: readonly string[], repairs: number): string {
  const tried = repairs === 0 ? '' : ` after ${count(repairs, 'repair')}`;
  return [
    `The pull request is open, and needs a person: not all is well${tried}.`,
    bullets(reasons, REASONS_SHOWN),
  ].join('\n\n');
}

export function protectedRefusal(path: string, allowed: boolean): string {
  return allowed
    ? `${code(path)} is a workflow of GitHub Actions, which the App may not change.`
    : `${code(path)} is protected: only a plan that a person approved, and that names it, may change it.`;
}

export function secretRefusal(path: string, line: number | null): string {
  const where = line === null ? '' : `, near line ${line}`;
  return `${code(path)}${where} holds what looks like a secret.`;
}

export const namedSecretRefusal = 'The name of a file holds what looks like a secret.';

/** `what` is a request to GitHub. */
export function heldBackSecret(what: string): string {
  return `${code(what)} was not sent to GitHub: it would hold one of this installation's own secrets.`;
}

export function keyStoreRefusal(path: string): string {
  return `${code(path)} is a store of keys.`;
}

export function unscannedRefusal(path: string): string {
  return `${code(path)} is too large to be searched for secrets.`;
}

export function sizeRefusal(what: string, found: number, most: number): string {
  return `The change has ${found.toLocaleString('en')} ${what}; the most is ${most.toLocaleString('en')}.`;
}
