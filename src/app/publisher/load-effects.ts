/** Every file in `effects/` is a kind of effect; being there is its registration. */
import type { EffectKind } from '../../core/effect-records.ts';
import { loadFolder } from '../load-folder.ts';
import type { EffectDefinition } from './effect-definition.ts';

/** By kind: a definition is given effects of its own kind only. Throws when a file exports none, or one of another's name. */
export async function loadEffects(): Promise<ReadonlyMap<string, EffectDefinition<EffectKind>>> {
  const definitions = await loadFolder(new URL('./effects/', import.meta.url), 'effect', isDefinition);
  return new Map(definitions.map((definition) => [definition.kind, definition]));
}

function isDefinition(value: unknown, file: string): value is EffectDefinition<EffectKind> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === file.replaceAll('-', '_') &&
    'permissions' in value &&
    'look' in value &&
    'perform' in value &&
    typeof value.perform === 'function'
  );
}
