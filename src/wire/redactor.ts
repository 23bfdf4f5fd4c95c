/** The one redactor of a process: what one part of it learns (a token that was just minted), the others keep to themselves too. */
import type { Config } from '../config.ts';
import { createRedactor, type Redactor } from '../core/redact.ts';

const redactors = new WeakMap<Config['secrets'], Redactor>();

export function redactorOf({ secrets }: Pick<Config, 'secrets'>): Redactor {
  const known = redactors.get(secrets) ?? createRedactor({ secrets });
  redactors.set(secrets, known);
  return known;
}
