// Checks every webhook against @octokit/webhooks-schemas and, where GitHub's OpenAPI description is at hand, every REST
// request and response against it. It only collects; nothing behaves differently because of a violation.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import formatsPlugin from 'ajv-formats';
import { nullableToTypes, type OpenApi, type Operation, type Parameter, resolveRef } from './openapi.ts';

export interface Violation {
  readonly kind: 'request' | 'response' | 'webhook' | 'token';
  readonly where: string;
  readonly problem: string;
}

interface SeenRequest {
  readonly method: string;
  /** The description's path template, or null when no route knows the path. */
  readonly template: string | null;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface SeenResponse {
  readonly status: number;
  /** Undefined when there is no JSON body. */
  readonly body: unknown;
}

/** Answers that GitHub gives anywhere, whether or not an operation lists them. */
const everywhere = new Set([304, 401, 403, 404, 406, 413, 415, 429, 500, 502, 503, 504]);
const violationsLimit = 1_000;
const addFormats = formatsPlugin as unknown as (ajv: Ajv) => Ajv;

export class Conformance {
  readonly #violations: Violation[] = [];
  readonly #api: OpenApi | null;
  readonly #apiAjv = newAjv(false);
  readonly #queryAjv = newAjv(true);
  readonly #hookAjv = newAjv(false);
  /** Null where @octokit/webhooks-schemas is not installed: it is a development dependency. */
  readonly #hookNames: ReadonlySet<string> | null;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(openapiPath: string | undefined) {
    this.#api = openapiPath !== undefined && existsSync(openapiPath) ? loadApi(openapiPath) : null;
    if (this.#api) {
      this.#apiAjv.addSchema(this.#api as unknown as AnySchemaObject, 'api');
      this.#queryAjv.addSchema(this.#api as unknown as AnySchemaObject, 'api');
    }
    const definitions = loadHookDefinitions();
    this.#hookNames = definitions === null ? null : new Set(Object.keys(definitions));
    // Without the file's outer oneOf, which would be compiled whole (seconds) for the sake of any one event.
    if (definitions !== null) this.#hookAjv.addSchema({ definitions }, 'hooks');
  }

  violations(): readonly Violation[] {
    return this.#violations;
  }

  /** What another part found. */
  note({ kind, where, problem }: Violation): void {
    this.#add(kind, where, problem);
  }

  checkWebhook(event: string, action: string | null, payload: unknown): void {
    if (this.#hookNames === null) return;
    const name = `${event}$${action ?? 'event'}`;
    const where = `${event}${action === null ? '' : `.${action}`}`;
    if (!this.#hookNames.has(name)) {
      this.#add('webhook', where, 'no such event in @octokit/webhooks-schemas');
      return;
    }
    const ref = `hooks#/definitions/${name.replace('$', '%24')}`;
    this.#validate('webhook', where, this.#hookAjv, ref, JSON.parse(JSON.stringify(payload)));
  }

  checkRequest(request: SeenRequest): void {
    if (!this.#api) return;
    const where = `${request.method} ${request.path}`;
    const operation = this.#operation(request);
    if (!operation) {
      this.#add('request', where, 'no such operation in the description');
      return;
    }
    this.#checkParameters(where, operation, request);
    this.#checkBody(where, operation, request);
  }

  checkResponse(request: SeenRequest, response: SeenResponse): void {
    const operation = this.#api ? this.#operation(request) : null;
    if (!operation || !this.#api) return;
    const where = `${response.status} to ${request.method} ${request.path}`;
    const described = operation.responses[String(response.status)];
    if (!described) {
      if (!everywhere.has(response.status)) this.#add('response', where, 'status is not documented');
      return;
    }
    const { pointer, value } = resolveRef(
      this.#api,
      described,
      `${this.#pointer(request)}/responses/${response.status}`,
    );
    const hasSchema = value.content?.['application/json']?.schema !== undefined;
    if (response.body === undefined || !hasSchema) return;
    const ref = `api#${pointer}/content/application~1json/schema`;
    this.#validate('response', where, this.#apiAjv, ref, response.body);
  }

  #checkParameters(where: string, operation: Operation, request: SeenRequest): void {
    const known = new Set<string>();
    for (const [index, listed] of (operation.parameters ?? []).entries()) {
      const { pointer, value } = resolveRef(
        this.#api as OpenApi,
        listed,
        `${this.#pointer(request)}/parameters/${index}`,
      );
      known.add(value.name);
      const given = value.in === 'query' ? request.query.get(value.name) : this.#pathValue(request, value);
      if (given === null) {
        if (value.required) this.#add('request', where, `parameter ${value.name} is required`);
      } else if (value.schema !== undefined) {
        this.#validate('request', where, this.#queryAjv, `api#${pointer}/schema`, [given], value.name);
      }
    }
    for (const name of request.query.keys()) {
      if (!known.has(name)) this.#add('request', where, `unknown query parameter ${name}`);
    }
  }

  #pathValue(request: SeenRequest, parameter: Parameter): string | null {
    return parameter.in === 'path' ? (request.params[parameter.name] ?? null) : null;
  }

  #checkBody(where: string, operation: Operation, request: SeenRequest): void {
    if (operation.requestBody === undefined) {
      if (request.body !== undefined && JSON.stringify(request.body) !== '{}') {
        this.#add('request', where, 'takes no body');
      }
      return;
    }
    if (request.body === undefined) {
      if (operation.requestBody.required) this.#add('request', where, 'a body is required');
      return;
    }
    const schema = operation.requestBody.content?.['application/json']?.schema;
    if (schema === undefined) return;
    const ref = `api#${this.#pointer(request)}/requestBody/content/application~1json/schema`;
    this.#validate('request', where, this.#apiAjv, ref, request.body);
    if (!schema.properties || schema.additionalProperties || typeof request.body !== 'object') return;
    for (const name of Object.keys(request.body ?? {})) {
      if (!(name in schema.properties)) this.#add('request', where, `unknown body property ${name}`);
    }
  }

  #operation(request: SeenRequest): Operation | null {
    if (request.template === null) return null;
    return this.#api?.paths[request.template]?.[request.method.toLowerCase()] ?? null;
  }

  #pointer(request: SeenRequest): string {
    const template = (request.template ?? '').replaceAll('~', '~0').replaceAll('/', '~1');
    return `/paths/${encodeURIComponent(template)}/${request.method.toLowerCase()}`;
  }

  #validate(
    kind: Violation['kind'],
    where: string,
    ajv: Ajv,
    ref: string,
    data: unknown,
    name?: string,
  ): void {
    const wrapped = name !== undefined;
    const key = `${wrapped}${ref}`;
    const compiled =
      this.#compiled.get(key) ?? ajv.compile(wrapped ? { items: { $ref: ref } } : { $ref: ref });
    this.#compiled.set(key, compiled);
    if (compiled(data)) return;
    const first = (compiled.errors ?? []).slice(0, 3);
    const text = first.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`).join('; ');
    this.#add(kind, where, wrapped ? `${name}: ${text}` : text);
  }

  #add(kind: Violation['kind'], where: string, problem: string): void {
    if (this.#violations.length < violationsLimit) this.#violations.push({ kind, where, problem });
  }
}

function newAjv(coerce: boolean): Ajv {
  const ajv = new Ajv({
    strict: false,
    allErrors: false,
    coerceTypes: coerce ? 'array' : false,
    logger: false,
    validateFormats: true,
  });
  addFormats(ajv);
  // GitHub's own answers break these two formats: a bot's address has brackets, and an unset target_url is ''.
  ajv.addFormat('email', true);
  ajv.addFormat('uri', (text: string) => text === '' || URL.canParse(text));
  return ajv;
}

function loadApi(path: string): OpenApi {
  return nullableToTypes(JSON.parse(readFileSync(path, 'utf8'))) as OpenApi;
}

function loadHookDefinitions(): Record<string, unknown> | null {
  try {
    const file = createRequire(import.meta.url).resolve('@octokit/webhooks-schemas/schema.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, unknown> }).definitions;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}
