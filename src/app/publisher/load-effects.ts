/** Every file in `effects/` is a kind of effect; being there is its registration. */
import { readdir } from 'node:fs/promises';
import type { EffectKind } from '../../core/records.ts';
import type { EffectDefinition } from './effect-definition.ts';

const FOLDER = new URL('./effects/', import.meta.url);
/** `.ts` as developed, `.js` as published; never declarations or source maps. */
const MODULE = /^[a-z-]+\.(?:ts|js)$/;

/** By kind: a definition is given effects of its own kind only. Throws when a file does not export a definition or two export the same kind. */
export async function loadEffects(): Promise<ReadonlyMap<string, EffectDefinition<EffectKind>>> {
  const definitions = new Map<string, EffectDefinition<EffectKind>>();
  for (const file of (await readdir(FOLDER)).filter((name) => MODULE.test(name)).sort()) {
    const { effect }: { effect?: unknown } = await import(new URL(file, FOLDER).href);
    if (!isDefinition(effect))
      throw new Error(`effects/${file} must export \`effect\`: kind, permissions, look and perform`);
    if (definitions.has(effect.kind)) throw new Error(`effects/${file}: "${effect.kind}" is defined twice`);
    definitions.set(effect.kind, effect);
  }
  return definitions;
}

function isDefinition(value: unknown): value is EffectDefinition<EffectKind> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    typeof value.kind === 'string' &&
    'permissions' in value &&
    'look' in value &&
    'perform' in value &&
    typeof value.perform === 'function'
  );
}
