/** What was seen of a deployment, and why it was not asked, as sentences. */
import type { UrlRefusal } from '../gate/gate-hosts.ts';
import { type Seen, smokeVerdict, triedAs } from '../gate/smoke-verdict.ts';
import type { SmokeCheck } from '../request-records.ts';

/** Of a reason that a machine gave. */
const WHY_LIMIT = 300;
export const BODY_MAX_BYTES = 1_000_000;

export function urlRefused(url: string, why: UrlRefusal): string {
  const shown = url.slice(0, WHY_LIMIT);
  switch (why) {
    case 'no_url':
      return url === ''
        ? 'The deployment does not say where it is: its status has no `environment_url`.'
        : `The deployment's URL cannot be read: ${shown}`;
    case 'scheme':
      return `The deployment's URL is neither http nor https: ${shown}`;
    case 'credentials':
      return "The deployment's URL holds credentials, which the crew sends nowhere.";
    case 'host':
      return `${hostOf(url)} is not among the hosts that the gate lists, so nothing was asked.`;
  }
}

export function redirectRefused(location: string, why: UrlRefusal): string {
  return why === 'host'
    ? `It redirects to ${hostOf(location)}, which is not among the hosts that the gate lists.`
    : 'It redirects to something that is no http or https URL without credentials.';
}

export function addressRefused(hostname: string, address: string, why: 'metadata' | 'loopback'): string {
  return why === 'metadata'
    ? `${hostname} leads to ${address}, an address that is never asked: link-local, multicast or a cloud's metadata.`
    : `${hostname} leads to ${address}, the crew's own machine, which is asked only where the gate lists it as \`localhost\` or by its address.`;
}

export function tooManyRedirects(most: number): string {
  return `It redirects more than ${most} times.`;
}

export function noAnswerInTime(seconds: number): string {
  return `No answer came within ${seconds} s.`;
}

export function noConnection(why: string): string {
  return `It could not be reached: ${why}`;
}

const GATE_TIME_OVER = 'It was not asked: the time for all checks of the gate was over.';

/** What the tries of one check saw, the last of each kind. */
export function seenText(check: SmokeCheck, tries: readonly Seen[]): string {
  const last = tries.at(-1);
  if (last === undefined) return GATE_TIME_OVER;
  const verdict = smokeVerdict(check, tries);
  if (verdict !== 'flaky') return oneSeen(check, last);
  const good = tries.filter((seen) => seen.kind !== 'refused' && triedAs(check, seen) === 'passed').length;
  const bad = tries.findLast((seen) => seen.kind !== 'refused' && triedAs(check, seen) !== 'passed') ?? last;
  return `It passed on ${good} of ${tries.length} tries. Otherwise: ${oneSeen(check, bad)}`;
}

function oneSeen(check: SmokeCheck, seen: Seen): string {
  if (seen.kind !== 'answered') return seen.why.slice(0, WHY_LIMIT).toWellFormed();
  if (seen.status !== check.status) return `Status ${seen.status} came back, not ${check.status}.`;
  if (check.contains === null) return `Status ${seen.status}.`;
  if (seen.body.includes(check.contains)) return `Status ${seen.status}, with the text that is looked for.`;
  const read = seen.cut ? ` in the first ${BODY_MAX_BYTES.toLocaleString('en')} bytes` : '';
  return `Status ${seen.status}, and the text that is looked for does not stand${read || ' in the answer'}.`;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host.slice(0, WHY_LIMIT) ?? 'The URL';
}
