/** Severities in order: gravest first. */
import { SEVERITIES } from '../answers.ts';
import type { Severity } from '../result-records.ts';

/** 0 is critical. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return rank(severity) <= rank(threshold);
}

export function lesserOf(a: Severity, b: Severity): Severity {
  return rank(a) > rank(b) ? a : b;
}
