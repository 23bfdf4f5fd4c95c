// The parts of an OpenAPI 3.0 description that the conformance check reads, and its `nullable` put into JSON Schema's terms.

export interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
}

export interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly required?: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: unknown;
}

export interface Operation {
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content | Reference>>;
}

export interface Reference {
  readonly $ref: string;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Follows a reference and says by which JSON pointer (URI-encoded) its target is found. */
export function resolveRef<T extends object>(
  api: OpenApi,
  value: T | Reference,
  pointer: string,
): { readonly value: T; readonly pointer: string } {
  if (!('$ref' in value)) return { value, pointer };
  const target = value.$ref.slice(1);
  let found: unknown = api;
  for (const part of target.slice(1).split('/')) {
    found = (found as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return resolveRef(api, found as T | Reference, target);
}

export function nullableToTypes(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(nullableToTypes);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, nullableToTypes(value)]),
  );
  mendAccount(copy);
  mendReviewComment(copy);
  if (copy.nullable !== true) return copy;
  delete copy.nullable;
  if (typeof copy.type !== 'string') return { anyOf: [copy, { type: 'null' }] };
  const withNull = Array.isArray(copy.enum) && !copy.enum.includes(null);
  return {
    ...copy,
    type: [copy.type, 'null'],
    ...(withNull ? { enum: [...(copy.enum as unknown[]), null] } : {}),
  };
}

/** The description wants an installation's account to be a user and an enterprise at once, where one of them is meant. */
function mendAccount(schema: Record<string, unknown>): void {
  const parts = Array.isArray(schema.allOf) ? (schema.allOf as { readonly title?: string }[]) : [];
  if (!parts.some((part) => part.title === 'Enterprise')) return;
  schema.anyOf = parts;
  delete schema.allOf;
}

/** GitHub answers null for where an outdated review comment stands, as the description says of one of its two schemas only. */
function mendReviewComment(schema: Record<string, unknown>): void {
  const properties = schema.properties as Record<string, { type?: unknown }> | undefined;
  if (properties?.diff_hunk === undefined) return;
  for (const name of ['position', 'line']) {
    const property = properties[name];
    if (property?.type === 'integer') property.type = ['integer', 'null'];
  }
}
