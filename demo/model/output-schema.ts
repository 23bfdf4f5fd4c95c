/** Structured outputs: which JSON schemas the API refuses, and whether a scripted answer fits the schema of the request. */
import { Ajv } from 'ajv';
import { ApiError } from './api-error.ts';

const MAX_DEPTH = 40;

/** Keywords that structured outputs do not support; the SDK moves them into descriptions before it sends. */
const UNSUPPORTED = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'propertyNames',
  'patternProperties',
  'oneOf',
  'not',
  'if',
] as const;

type JsonSchema = Readonly<Record<string, unknown>>;

export function refuseOutputSchema(schema: JsonSchema): void {
  walk(schema, 0);
}

/** What is wrong with `answer` under `schema`, or nothing. */
export function misfit(schema: JsonSchema, answer: unknown): string | undefined {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  if (validate(answer)) return undefined;
  return ajv.errorsText(validate.errors, { dataVar: 'answer' });
}

function walk(node: unknown, depth: number): void {
  if (typeof node !== 'object' || node === null) return;
  if (depth > MAX_DEPTH) invalid('schema is too deeply nested');
  const schema: JsonSchema = { ...node };
  const type = String(schema.type ?? 'schema');
  for (const keyword of UNSUPPORTED) {
    if (keyword in schema) invalid(`For '${type}' type, property '${keyword}' is not supported`);
  }
  if (schema.type === 'object' && schema.additionalProperties !== false) {
    invalid("For 'object' type, 'additionalProperties' must be explicitly set to false");
  }
  if (typeof schema.minItems === 'number' && schema.minItems > 1) {
    invalid(`For 'array' type, 'minItems' values other than 0 or 1 are not supported`);
  }
  for (const child of children(schema)) walk(child, depth + 1);
}

function children(schema: JsonSchema): unknown[] {
  const named = ['properties', '$defs', 'definitions'].flatMap((key) => Object.values(schema[key] ?? {}));
  const listed = ['anyOf', 'allOf'].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  return [...named, ...listed, schema.items];
}

function invalid(message: string): never {
  throw new ApiError('invalid_request_error', `output_config.format.schema: ${message}`);
}
