/** Holds what the trail tells against what the tables hold. */
import type { Standing, Trail } from './trail.ts';

const RECORDS = ['delivery', 'task', 'plan', 'subtask', 'effect'] as const satisfies (keyof Standing)[];
/** Of a sum of many; less is how floating point adds up. */
const USD_DIFFERENCE_MIN = 1e-6;

/** A sentence for each thing that is not as it must be; none when the trail replays to the tables. */
export function trailDifferences(trail: Trail, tables: Standing): readonly string[] {
  return [
    ...trail.gaps,
    ...RECORDS.flatMap((record) => differencesOf(record, trail[record], tables[record])),
  ];
}

function differencesOf(
  record: keyof Standing,
  trail: ReadonlyMap<string, object>,
  table: ReadonlyMap<string, object>,
): readonly string[] {
  const unknown = [...table.keys()].filter((id) => !trail.has(id));
  const gone = [...trail.keys()].filter((id) => !table.has(id));
  return [
    ...unknown.map((id) => `The ${record} ${id} stands in the table, and no event tells of it.`),
    ...gone.map((id) => `The ${record} ${id} is told by the trail, and does not stand in the table.`),
    ...[...trail].flatMap(([id, told]) => fieldsThatDiffer(`${record} ${id}`, told, table.get(id) ?? told)),
  ];
}

function fieldsThatDiffer(name: string, told: object, stands: object): readonly string[] {
  const inTable = new Map(Object.entries(stands));
  return Object.entries(told).flatMap(([field, value]) =>
    isSame(value, inTable.get(field))
      ? []
      : [
          `The ${name}: ${field} is ${JSON.stringify(inTable.get(field))}, and by the trail ${JSON.stringify(value)}.`,
        ],
  );
}

function isSame(told: unknown, stands: unknown): boolean {
  if (typeof told === 'number' && typeof stands === 'number') {
    return Math.abs(told - stands) < USD_DIFFERENCE_MIN;
  }
  return JSON.stringify(told) === JSON.stringify(stands);
}
