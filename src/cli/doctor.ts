/** `crew doctor`: a line for each thing looked at; exit status 1 when one is wrong. */
import pc from 'picocolors';
import { readEnvironment, readSettings } from '../config.ts';
import { examineInstallation } from '../wire.ts';

const MARK = { good: pc.green('✓'), warning: pc.yellow('!'), wrong: pc.red('✗') };

export async function doctor(): Promise<void> {
  const findings = await examineInstallation(readSettings(readEnvironment(), process.stderr.isTTY));
  for (const { subject, state, detail, remedy } of findings) {
    process.stdout.write(`${MARK[state]} ${subject}: ${detail}\n`);
    if (remedy !== '') process.stdout.write(`  → ${remedy}\n`);
  }
  if (findings.some((finding) => finding.state === 'wrong')) process.exitCode = 1;
}
