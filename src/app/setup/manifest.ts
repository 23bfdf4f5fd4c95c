/** `app.yml` as the manifest that GitHub creates an App from. Pure. */
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import { WEBHOOK_PATH } from '../ingest/ingest.ts';

export const SETUP_PATH = '/setup';
export const CALLBACK_PATH = '/setup/callback';

const appFileSchema = z.object({
  name: z.string(),
  description: z.string(),
  public: z.boolean(),
  default_events: z.array(z.string()),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
});

export type Manifest = z.infer<typeof appFileSchema> & {
  /** The App's home page. */
  readonly url: string;
  readonly hook_attributes: { readonly url: string; readonly active: boolean };
  readonly redirect_url: string;
};

/** Throws ConfigError when `app.yml` is not what it should be. */
export function manifestOf(appYml: string, publicUrl: string): Manifest {
  const parsed = appFileSchema.safeParse(parse(appYml));
  if (!parsed.success) throw new ConfigError(`app.yml: ${z.prettifyError(parsed.error)}`);
  return {
    ...parsed.data,
    url: publicUrl,
    hook_attributes: { url: `${publicUrl}${WEBHOOK_PATH}`, active: true },
    redirect_url: `${publicUrl}${CALLBACK_PATH}`,
  };
}
