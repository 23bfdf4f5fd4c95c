/**
 * The same fault, found by several specialists, is said once. Findings are joined from the surest pair on; two of the same
 * specialist on the same lines are two faults by its own word, and keep those apart that are joined to them. Pure.
 */
import type { Finding } from '../answers.ts';
import type { Anchor } from '../result-records.ts';
import { linesApart, NEAR_LINES, placeOf, sameLines } from './finding-place.ts';
import { isAkin, isAlike, isOfOneKind, isOneFault } from './finding-words.ts';
import { rank } from './severity.ts';

/** What one specialist reported. */
export interface Found {
  readonly role: string;
  readonly finding: Finding;
  readonly anchor: Anchor;
}

/** One fault, in the words of everybody who found it, gravest first. */
export type Fault = readonly [Found, ...Found[]];

/** A pair that may be told in one comment; `same`: it is one fault. */
interface Pair {
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
  readonly apart: number;
}

/** Faults that are told in one comment, gravest first; every given finding is in exactly one of them. */
export function concur(found: readonly Found[]): readonly (readonly Fault[])[] {
  const sorted = [...found].sort(byGravity);
  const comments = new Partition(sorted.length);
  const faults = new Partition(sorted.length);
  for (const { a, b, same } of pairsOf(sorted)) {
    const [left, right] = [comments.partOf(a), comments.partOf(b)];
    if (left !== right && keptApart(sorted, left, right)) continue;
    comments.join(a, b);
    if (same) faults.join(a, b);
  }
  return comments.parts().map((comment) => {
    const heads = comment.filter((index) => faults.partOf(index)[0] === index);
    return heads.map((head) => faultOf(faults.partOf(head).flatMap((index) => sorted[index] ?? [])));
  });
}

/** Gravest first, then the surest; the rest only makes the order one that does not depend on who answered first. */
export function byGravity(a: Found, b: Found): number {
  return (
    rank(a.finding.severity) - rank(b.finding.severity) ||
    sureness(b.finding) - sureness(a.finding) ||
    inOrder(a.finding.path, b.finding.path) ||
    Number(a.finding.line > b.finding.line) - Number(a.finding.line < b.finding.line) ||
    inOrder(a.finding.title, b.finding.title) ||
    inOrder(a.role, b.role)
  );
}

function sureness({ confidence }: Finding): number {
  return Number.isFinite(confidence) ? Math.min(1, Math.max(0, confidence)) : 0;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Surest first: the same fault before others, the nearest before those further away. */
function pairsOf(sorted: readonly Found[]): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const [a, left] of sorted.entries()) {
    for (const [offset, right] of sorted.slice(a + 1).entries()) {
      const pair = pairOf(left, right);
      if (pair !== null) pairs.push({ a, b: a + 1 + offset, ...pair });
    }
  }
  return pairs.sort((a, b) => Number(b.same) - Number(a.same) || a.apart - b.apart || a.a - b.a || a.b - b.b);
}

function pairOf(left: Found, right: Found): Pick<Pair, 'same' | 'apart'> | null {
  const [here, there] = [placeOf(left.finding, left.anchor), placeOf(right.finding, right.anchor)];
  if (here === null || there === null) {
    const alike = left.finding.path === right.finding.path && isOneFault(left.finding, right.finding);
    return alike ? { same: true, apart: NEAR_LINES } : null;
  }
  const apart = linesApart(here, there);
  if (apart > NEAR_LINES) return null;
  if (left.role === right.role) return isOneFault(left.finding, right.finding) ? { same: true, apart } : null;
  const together = sameLines(here, there);
  if (isAlike(left.finding, right.finding)) return { same: true, apart };
  if (together && isOfOneKind(left.finding, right.finding)) return { same: true, apart };
  return together || isAkin(left.finding, right.finding) ? { same: false, apart } : null;
}

/** Whether one specialist told of both as of two faults. */
function keptApart(sorted: readonly Found[], left: readonly number[], right: readonly number[]): boolean {
  return left.some((a) =>
    right.some((b) => {
      const [one, other] = [sorted[a], sorted[b]];
      if (one === undefined || other === undefined || one.role !== other.role) return false;
      return !isOneFault(one.finding, other.finding);
    }),
  );
}

function faultOf([first, ...more]: readonly Found[]): Fault {
  if (first === undefined) throw new Error('a fault that nobody found');
  return [first, ...more];
}

/** The numbers below `size` in parts that can be joined; each part in ascending order. */
class Partition {
  readonly #parts: (readonly number[])[];

  constructor(size: number) {
    this.#parts = Array.from({ length: size }, (_, index) => [index]);
  }

  partOf(index: number): readonly number[] {
    return this.#parts[index] ?? [];
  }

  join(a: number, b: number): void {
    if (this.partOf(a) === this.partOf(b)) return;
    const joined = [...this.partOf(a), ...this.partOf(b)].sort((one, other) => one - other);
    for (const index of joined) this.#parts[index] = joined;
  }

  parts(): readonly (readonly number[])[] {
    return [...new Set(this.#parts)];
  }
}
