/** Checks request bodies against the Messages API's JSON schema, where its file is present. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/** What is wrong with a body, or nothing. */
export type SchemaCheck = (body: unknown) => string | undefined;

const MAX_NAMED = 3;
const compiled = new Map<string, Promise<ValidateFunction>>();

export async function loadRequestSchema(path: string | undefined): Promise<SchemaCheck> {
  if (path === undefined || !existsSync(path)) return () => undefined;
  const known = compiled.get(path) ?? compile(path);
  compiled.set(path, known);
  const validate = await known;
  return (body) => {
    // The schema describes the request that is not streamed; the streaming one differs in this field alone.
    const plain = typeof body === 'object' && body !== null ? { ...body, stream: false } : body;
    return validate(plain) ? undefined : describe(validate.errors ?? []);
  };
}

async function compile(path: string): Promise<ValidateFunction> {
  const schema: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (typeof schema !== 'object' || schema === null) throw new Error(`${path}: is no JSON schema`);
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}

/** The errors that lie deepest: those of the alternative that the sender meant. */
function describe(errors: readonly ErrorObject[]): string {
  const deepest = Math.max(...errors.map(({ instancePath }) => instancePath.split('/').length));
  const named = errors
    .filter(({ instancePath }) => instancePath.split('/').length === deepest)
    .map((error) => {
      const extra =
        error.keyword === 'additionalProperties' ? ` (${String(error.params.additionalProperty)})` : '';
      return `${error.instancePath || 'body'} ${error.message ?? error.keyword}${extra}`;
    });
  return [...new Set(named)].slice(0, MAX_NAMED).join('; ');
}
