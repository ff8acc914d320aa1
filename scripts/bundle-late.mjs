// The files of the package that are loaded late: when the code first calls one of their functions. The sources import those
// functions like all others; only the package has them in files of their own. So a service compiles at its start only what it
// needs (docs/decisions/0124-late-files.md).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'rollup/parseAst'
import { root } from './child.mjs'

/**
 * The name of each such file, and the sources of the functions that the others call. What those sources alone import goes into the
 * same file.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const late = JSON.parse(readFileSync(join(root, 'scripts/late.json'), 'utf8'))

/** The inputs of Rollup for these files. */
export const lateInputs = Object.fromEntries(Object.keys(late).map((name) => [name, `\0late:${name}`]))

/**
 * Makes each import of a late function a function that loads the file, and calls the real one.
 *
 * @param {string} from the compiler's files
 * @returns {import('rollup').Plugin}
 */
export function lateFiles(from) {
  const fileOf = new Map(
    Object.entries(late).flatMap(([name, sources]) => sources.map((source) => [join(from, `${source}.js`), name])),
  )
  return {
    name: 'files that are loaded late',
    resolveId: {
      order: 'pre',
      async handler(source, importer, options) {
        if (source.startsWith('\0late:')) return source
        if (!source.startsWith('.') || importer === undefined) return null
        const found = await this.resolve(source, importer, { ...options, skipSelf: true })
        return found !== null && fileOf.has(found.id) ? `\0loads:${found.id}` : null
      },
    },
    load(id) {
      if (id.startsWith('\0late:')) {
        const sources = late[id.slice('\0late:'.length)].map((source) => join(from, `${source}.js`))
        return sources.map((source) => `export { ${functionsOf(source)} } from ${JSON.stringify(source)}`).join('\n')
      }
      if (!id.startsWith('\0loads:')) return null
      const real = id.slice('\0loads:'.length)
      const names = functionsOf(real)
      // `require` stands in the package's code as it is: each bundler of services finds the file by it.
      const load = `let loaded\nconst load = () => (loaded ??= require('./${fileOf.get(real)}.cjs'))`
      return [
        load,
        ...names.map((name) => `export function ${name}(...given) { return load().${name}(...given) }`),
      ].join('\n')
    },
  }
}

/** The functions that a file of the compiler exports. An import of anything else, such as a class, fails the build. */
function functionsOf(file) {
  const declared = parseAst(readFileSync(file, 'utf8')).body.map((statement) =>
    statement.type === 'ExportNamedDeclaration' ? statement.declaration : null,
  )
  return declared.filter((one) => one?.type === 'FunctionDeclaration').map(({ id }) => id.name)
}
