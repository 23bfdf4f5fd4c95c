// What a read sees: GitHub's reads may lag behind its writes.
import type { RequestFault } from './faults.ts';
import type { View } from './state.ts';
import type { World } from './world.ts';

export function laggingView(world: World, faults: readonly RequestFault[]): View {
  const lag = faults.find((fault) => fault.kind === 'lag');
  if (lag?.kind !== 'lag') return world.store;
  world.faults.harmed('laggingReads');
  return world.store.asOf(lag.lagMs);
}
