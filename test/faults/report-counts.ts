/** Prints, at the end of `npm run test:faults`, what each trial counted: the table of docs/reliability.md. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const HEADER = ['Trial', 'Counted', 'Seconds', 'Held'];

export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tried = modules
      .flatMap(({ children }) => [...children.allTests()])
      .filter((test) => test.result().state !== 'skipped');
    const rows = tried.map((test) => [test.fullName, countsOf(test), secondsOf(test), heldOf(test)]);
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

function heldOf(test: TestCase): string {
  return test.result().state === 'passed' ? 'yes' : '**no**';
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
