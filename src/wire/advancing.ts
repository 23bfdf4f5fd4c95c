/** What carries tasks forward, the same wherever effects go. */
import type { AdvanceOptions } from '../orchestrator/advance.ts';
import type { CrewFiles } from './crew-files.ts';
import type { Foundation } from './foundation.ts';

export function advancingOf(
  { clock, log, queues, store }: Foundation,
  { roles }: Pick<CrewFiles, 'roles'>,
  { liveUrl = () => null, ...waits }: Pick<AdvanceOptions, 'liveUrl' | 'quietMs' | 'ringAgainMs'> = {},
): AdvanceOptions {
  return {
    store,
    doorbell: queues,
    clock,
    log,
    roles: [...roles.values()],
    liveUrl,
    upSince: clock.now(),
    mostCostUsd: (role) => roles.get(role)?.limits.maxCostUsd ?? 0,
    ...waits,
  };
}
