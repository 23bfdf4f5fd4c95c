/** `crew demo --once` as a process of its own, as a person starts it. */
import { startCrewProcess } from './crew-process.ts';

export interface DemoProcess {
  /** All that it has printed so far. */
  output(): string;
  /** Resolves with its exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** SIGKILL to the process alone; what it has started is left to itself, as when a machine runs out of memory. */
  kill(): void;
}

export function startDemo(stateDir: string, environment: Readonly<Record<string, string>> = {}): DemoProcess {
  const settings = { CREW_STATE_DIR: stateDir, ...environment };
  const demo = startCrewProcess('src/crew.js', ['demo', '--once'], settings);
  return {
    output: () => demo.stdout() + demo.stderr(),
    ended: demo.ended,
    kill: () => demo.signal('SIGKILL'),
  };
}
