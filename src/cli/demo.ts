/** `crew demo`. */
import { resolve } from 'node:path';
import { demo } from '../../demo/demo.ts';
import { readEnvironment } from '../config.ts';
import { checkStateDir } from '../wire.ts';

export async function runDemo(options: { readonly once: boolean; readonly fresh: boolean }): Promise<void> {
  await checkStateDir(resolve(readEnvironment().CREW_STATE_DIR ?? '.crew'));
  await demo(options);
}
