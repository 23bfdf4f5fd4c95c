/** What the App asks for when it is made on GitHub: read from the manifest that every installation is set up with. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PACKAGE_ROOT } from '../src/wire/package-root.ts';

const manifestSchema = z.object({
  name: z.string(),
  default_events: z.array(z.string()),
  default_permissions: z.record(z.string(), z.string()),
});

export async function readAppManifest(): Promise<z.infer<typeof manifestSchema>> {
  return manifestSchema.parse(parse(await readFile(join(PACKAGE_ROOT, 'app.yml'), 'utf8')));
}
