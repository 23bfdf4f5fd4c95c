/** The smoke checks of a deployment, run by code: each is asked up to three times, and what was seen is judged by the core. */
import { checkUrl } from '../core/gate/gate-hosts.ts';
import { isSettled, type Seen, smokeVerdict } from '../core/gate/smoke-verdict.ts';
import { seenText } from '../core/messages/smoke.ts';
import type { Clock, Probe } from '../core/ports.ts';
import type { GateRequest, SmokeCheck } from '../core/request-records.ts';
import type { Outcome, SmokeProbe } from '../core/result-records.ts';
import type { TaskRecords } from '../core/store-ports.ts';

export interface SmokeOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  readonly redact: (text: string) => Promise<string>;
}

/** Before the second try and before the third: deployments take a moment to start. */
const PAUSES_MS: readonly number[] = [2_000, 6_000];
/** For all checks of a gate together. */
const GATE_MAX_MS = 15 * 60_000;

type Deployed = Extract<GateRequest['trigger'], { readonly on: 'deployment' }>;

export async function smoke(
  options: SmokeOptions,
  { task }: TaskRecords,
  signal: AbortSignal,
): Promise<Outcome> {
  const { request } = task;
  if (request.kind !== 'gate' || request.trigger.on !== 'deployment') {
    throw new Error(`no smoke checks belong to ${request.kind}`);
  }
  const endsMs = options.clock.now().getTime() + GATE_MAX_MS;
  const probes: SmokeProbe[] = [];
  for (const check of request.trigger.checks) {
    probes.push(await tryCheck(options, { deployed: request.trigger, check, endsMs, signal }));
  }
  return { kind: 'smoke', probes };
}

interface Asked {
  readonly deployed: Deployed;
  readonly check: SmokeCheck;
  readonly endsMs: number;
  readonly signal: AbortSignal;
}

async function tryCheck(
  options: SmokeOptions,
  { deployed, check, endsMs, signal }: Asked,
): Promise<SmokeProbe> {
  const { probe, clock, redact } = options;
  const { method, path, timeoutSeconds } = check;
  const startedMs = clock.now().getTime();
  const tries: Seen[] = [];
  while (!isSettled(check, tries) && clock.now().getTime() < endsMs) {
    if (tries.length > 0) await clock.sleep(PAUSES_MS[tries.length - 1] ?? 0, signal);
    signal.throwIfAborted();
    const url = checkUrl(deployed.url, path);
    tries.push(await probe({ url, method, hosts: deployed.hosts, timeoutSeconds, signal }));
  }
  return {
    check,
    verdict: smokeVerdict(check, tries),
    message: await redact(seenText(check, tries)),
    tries: tries.length,
    durationMs: clock.now().getTime() - startedMs,
  };
}
