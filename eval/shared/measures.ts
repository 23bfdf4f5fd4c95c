/** How what was measured stands in a terminal: a row for each case, its name at the left. Pure. */
import Table from 'cli-table3';
import { seconds } from '../../src/cli/plain-text.ts';

export function measuresTable(head: readonly string[]): Table.Table {
  return new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
  });
}

export function spentCells({
  costUsd,
  durationMs,
}: {
  readonly costUsd: number;
  readonly durationMs: number;
}): readonly [string, string] {
  return [`$${costUsd.toFixed(3)}`, seconds(durationMs)];
}
