/** The descriptions that GitHub and Anthropic publish of their APIs, where this machine has them: the stand-ins check what they are sent by them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PACKAGE_ROOT } from '../src/wire/package-root.ts';

const OPENAPI = resolve(PACKAGE_ROOT, '../shared/github/openapi.json');
const REQUEST_SCHEMA = resolve(PACKAGE_ROOT, '../shared/anthropic-request.schema.json');

/** To be spread into the options of `startGitHub` and of `startModel`; empty where there is no such file. */
export const openapi = existsSync(OPENAPI) ? { openapiPath: OPENAPI } : {};
export const requestSchema = existsSync(REQUEST_SCHEMA) ? { requestSchemaPath: REQUEST_SCHEMA } : {};
