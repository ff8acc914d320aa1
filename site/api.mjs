// Writes the API reference to site/pages/api/: what the package's subpaths export, from the comments in src/, by TypeDoc.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Application, Converter, ReflectionKind } from 'typedoc'
import { MarkdownPageEvent } from 'typedoc-plugin-markdown'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** The public subpaths and their sources: `{ 'spoor/express': 'src/adapters/express/express.ts' }`. */
export function subpaths() {
  const { exports } = JSON.parse(readFileSync(at('../package.json'), 'utf8'))
  const entries = JSON.parse(readFileSync(at('../scripts/entries.json'), 'utf8'))
  return Object.fromEntries(
    Object.keys(exports)
      .filter((subpath) => subpath !== './package.json')
      .map((subpath) => [subpath.replace('.', 'spoor'), `src/${entries[subpath.slice(2) || 'index']}.ts`]),
  )
}

export async function writeReference() {
  const modules = subpaths()
  const app = await Application.bootstrapWithPlugins({
    entryPoints: Object.values(modules).map((source) => at(`../${source}`)),
    tsconfig: at('tsconfig.json'),
    // `npm run check` does, with the compiler of the project.
    skipErrorChecking: true,
    plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports'],
    placeInternalsInOwningModule: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    disableSources: true,
    readme: 'none',
    out: at('pages/api'),
    name: 'API reference',
    logLevel: 'Warn',
    // Of typedoc-plugin-markdown:
    entryFileName: 'index',
    hidePageHeader: true,
    useCustomAnchors: true,
    indexFormat: 'table',
    parametersFormat: 'table',
    navigationJson: at('pages/api.json'),
  })
  nameBySubpath(app, modules)
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = withoutNoise(page.contents)
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('TypeDoc read no sources')
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('TypeDoc reported errors')
}

/** TypeDoc names a module by its file; users know it by its subpath. */
function nameBySubpath(app, modules) {
  const names = new Map(Object.entries(modules).map(([subpath, source]) => [at(`../${source}`), subpath]))
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName
    const name = names.get(file)
    if (name === undefined) throw new Error(`${reflection.name}: not an export of package.json`)
    reflection.name = name
  })
}

/** Without where a member is inherited from, once for each member, and without the empty descriptions of the modules. */
export function withoutNoise(text) {
  return text
    .replace(/^#+ Inherited from.*\n\n.*\n\n?/gm, '')
    .replace(/^\| Module \| Description \|\n.*\n/m, '')
    .replace(/^\| (\[.*\)) \| - \|$/gm, '- $1')
}
