/** How a gate that came to its end concludes: red only for what was seen to be wrong, green only for what was seen whole. Pure. */

import {
  gateHasNoBefore,
  gateIsNotEnabled,
  gateNotAsked,
  gateUnread,
  nothingSeen,
} from '../messages/gate-reasons.ts';
import { urlRefused } from '../messages/smoke.ts';
import type { GateRequest } from '../request-records.ts';
import type { Outcome } from '../result-records.ts';
import { isAtLeast } from '../review/severity.ts';
import type { TaskRecords } from '../store-ports.ts';
import { urlRefusal } from './gate-hosts.ts';

export interface GateVerdict {
  readonly conclusion: 'success' | 'neutral' | 'failure';
  /** Why it is neutral, as a sentence; else null. */
  readonly reason: string | null;
}

export const AUDITOR = 'security';

/** Why a gate has nothing to do, as its request alone tells; null when it has. */
export function gateRefusal({ trigger, config }: GateRequest): string | null {
  if (trigger.on === 'deployment') {
    const why = urlRefusal(trigger.url, trigger.hosts);
    return why === null ? null : urlRefused(trigger.url, why);
  }
  if (trigger.beforeSha === null) return gateHasNoBefore(trigger.branch);
  return config.roles.includes(AUDITOR) ? null : gateIsNotEnabled(AUDITOR);
}

/** Of a task that is done. */
export function gateVerdict(request: GateRequest, { results }: Pick<TaskRecords, 'results'>): GateVerdict {
  const refusal = gateRefusal(request);
  if (refusal !== null) return { conclusion: 'neutral', reason: refusal };
  const outcomes = results.map(({ outcome }) => outcome);
  const smoked = outcomes.find((outcome) => outcome.kind === 'smoke');
  if (smoked !== undefined) return verdictOfSmoke(smoked);
  const audited = outcomes.find((outcome) => outcome.kind === 'audit');
  if (audited !== undefined && request.trigger.on === 'push') {
    return verdictOfAudit(audited, request.trigger.failOn);
  }
  return { conclusion: 'neutral', reason: nothingSeen };
}

function verdictOfSmoke({ probes }: Extract<Outcome, { kind: 'smoke' }>): GateVerdict {
  if (probes.some(({ verdict }) => verdict === 'failed')) return { conclusion: 'failure', reason: null };
  const unsure = probes.filter(({ verdict }) => verdict !== 'passed');
  if (unsure.length > 0) return { conclusion: 'neutral', reason: gateNotAsked(unsure) };
  return probes.length === 0
    ? { conclusion: 'neutral', reason: nothingSeen }
    : { conclusion: 'success', reason: null };
}

function verdictOfAudit(
  { answer, unread }: Extract<Outcome, { kind: 'audit' }>,
  failOn: Extract<GateRequest['trigger'], { on: 'push' }>['failOn'],
): GateVerdict {
  if (answer.findings.some(({ severity }) => isAtLeast(severity, failOn))) {
    return { conclusion: 'failure', reason: null };
  }
  return unread.length > 0
    ? { conclusion: 'neutral', reason: gateUnread(unread.length) }
    : { conclusion: 'success', reason: null };
}
