/** Which commands check a repository that does not say so in `.github/crew.yml`: recognised from its own files. Pure. */

/** Files that recognition looks at; it asks for no other. */
export const CHECK_FILES = [
  'package.json',
  'Makefile',
  'pyproject.toml',
  'pytest.ini',
  'go.mod',
  'Cargo.toml',
  'pom.xml',
] as const;

export type CheckFiles = Readonly<Partial<Record<(typeof CHECK_FILES)[number], string>>>;

/** What `npm init` writes where there are no tests. */
const NPM_PLACEHOLDER = 'no test specified';

export function detectChecks(files: CheckFiles): readonly string[] {
  const npm = npmTest(files['package.json']);
  if (npm !== null) return [npm];
  if (files['go.mod'] !== undefined) return ['go test ./...'];
  if (files['Cargo.toml'] !== undefined) return ['cargo test'];
  if (files['pytest.ini'] !== undefined || files['pyproject.toml']?.includes('pytest'))
    return ['python3 -m pytest'];
  if (files['pom.xml'] !== undefined) return ['mvn --batch-mode test'];
  return /^test\s*:/m.test(files.Makefile ?? '') ? ['make test'] : [];
}

function npmTest(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('scripts' in parsed)) return null;
    const { scripts } = parsed;
    if (typeof scripts !== 'object' || scripts === null || !('test' in scripts)) return null;
    return typeof scripts.test === 'string' && !scripts.test.includes(NPM_PLACEHOLDER) ? 'npm test' : null;
  } catch {
    return null;
  }
}
