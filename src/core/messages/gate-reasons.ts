/** Why a gate is neither red nor green, and what of a diff an audit did not see, as sentences. */
import type { FileCoverage, SmokeProbe } from '../result-records.ts';
import { code, count } from './format.ts';

const PATH_LIMIT = 200;

export const nothingToAudit = 'Nothing changed, so there was nothing to audit.';
export const nothingSeen = 'Nothing was checked.';

export function gateHasNoBefore(branch: string): string {
  return `${code(branch.slice(0, PATH_LIMIT))} is new and has nothing before it, so there is no change to audit.`;
}

export function gateIsNotEnabled(role: string): string {
  return `The specialist ${code(role)} is not enabled by \`roles\` in \`.github/crew.yml\`, so nobody audits pushes.`;
}

const UNSURE = {
  flaky: 'was flaky',
  unavailable: 'was not available',
  refused: 'was not asked',
} as const satisfies Partial<Record<SmokeProbe['verdict'], string>>;

/** Of probes that neither passed nor failed. */
export function gateNotAsked(probes: readonly SmokeProbe[]): string {
  const kinds = (['flaky', 'unavailable', 'refused'] as const).flatMap((verdict) => {
    const found = probes.filter((probe) => probe.verdict === verdict).length;
    return found === 0
      ? []
      : [`${count(found, 'check')} ${UNSURE[verdict].replace('was', found === 1 ? 'was' : 'were')}`];
  });
  const [first] = probes;
  return `${kinds.join(', ')}. ${first?.message ?? ''}`.trim();
}

export function gateUnread(parts: number): string {
  return `Not all of what was pushed was read (${count(parts, 'part')} of it), so this says nothing of the rest.`;
}

export function fileUnread({ path, read, reason }: FileCoverage): string {
  const why = reason === null ? '' : `: ${reason}`;
  return `${code(path.slice(0, PATH_LIMIT))} was ${read === 'part' ? 'read in part' : 'not read'}${why}.`;
}

export function submoduleUnread(path: string): string {
  return `${code(path.slice(0, PATH_LIMIT))} is a submodule: what that changes is in another repository and was not read.`;
}

export function moreUnread(left: number): string {
  return `${count(left, 'further part')} of the change ${left === 1 ? 'was' : 'were'} not read.`;
}

export function takenBackUnread(files: number): string {
  return `The push took commits back that were on the branch (${count(files, 'file')}): what is lost with them was not audited.`;
}

export function findingsLeftOut(left: number): string {
  return `${count(left, 'further finding')} of the audit ${left === 1 ? 'is' : 'are'} not kept.`;
}
