/** Prints, at the end of `npm run test:faults`, what each trial counted: the table of docs/reliability.md. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const HEADER = ['Trial', 'Counted', 'Seconds', 'Held'];

export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const trials = modules.flatMap(({ children }) => [...children.allTests()]);
    const rows = trials.map((test) => [test.fullName, countsOf(test), secondsOf(test), heldOf(test)]);
    console.log(`\n${[HEADER, HEADER.map(() => '---'), ...rows].map(rowOf).join('\n')}\n`);
  }
}

function countsOf(test: TestCase): string {
  return Object.entries(test.meta().counts ?? {})
    .map(([what, count]) => `${what} ${typeof count === 'number' ? count.toLocaleString('en') : count}`)
    .join(', ');
}

function secondsOf(test: TestCase): string {
  return ((test.diagnostic()?.duration ?? 0) / 1000).toFixed(0);
}

/** What lacks something on this machine, as its title says, is not passed over in silence; nor is what `-t` leaves out. */
function heldOf(test: TestCase): string {
  const { state } = test.result();
  if (state === 'skipped') return '**not tried**';
  return state === 'passed' ? 'yes' : '**no**';
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
