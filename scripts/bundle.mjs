// node scripts/bundle.mjs FROM TO PAGE: makes the package's few files from the compiler's many. Each entry has a module that
// names its exports, one file of code and one of types. `core.cjs` holds what `spoor` loads and what several entries load. What
// only adapters share, and what is loaded later (bundle-late.mjs), has files of its own. So has the command line, which takes from
// the others what it has in common with them (docs/decisions/0163-size-of-the-package.md).
import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, extname, join, parse, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { build as esbuild } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { lateFiles, lateInputs } from './bundle-late.mjs'
import { smaller } from './bundle-small.mjs'
import { root } from './child.mjs'

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'))

/**
 * What can be imported of the package: the name of each file in dist/ and its source in src/, both without an ending.
 * `index` is `spoor`, each other one is `spoor/<name>`; package.json lists the same names in `exports`.
 *
 * @type {Readonly<Record<string, string>>}
 */
const entries = readJson('scripts/entries.json')
const { dependencies = {}, peerDependencies } = readJson('package.json')
const external = Object.keys({ ...dependencies, ...peerDependencies })

/**
 * Packages that are compiled in: to load them as they are took as long as to load all of Spoor, most of it for the 16 files
 * of uuid, of which one function is used.
 */
const compiledIn = Object.fromEntries(['uuid'].map((name) => [name, fileURLToPath(import.meta.resolve(name))]))

/**
 * Packages in CommonJS. Each becomes a module of its own, which is loaded when it is first needed: the sketches of durations for
 * the first request, the signatures of webhooks for the first alert. Left outside, the sketches break the bundles of services:
 * their encoding, which Spoor does not use, requires a package that they do not install.
 *
 * @type {Readonly<Record<string, { exported: string, licences: readonly string[], without?: RegExp }>>}
 */
const commonJs = {
  '@datadog/sketches-js': {
    exported: 'LogCollapsingLowestDenseDDSketch',
    licences: ['@datadog/sketches-js'],
    without: /[\\/]proto[\\/]compiled\.js$/,
  },
  standardwebhooks: { exported: 'Webhook', licences: ['@stablelib/base64', 'fast-sha256'] },
}

const commonJsPackages = {
  name: 'packages in CommonJS',
  resolveId: (id) => (Object.hasOwn(commonJs, id) ? `\0${id}` : null),
  load: async (id) => {
    const name = id.slice(1)
    if (!id.startsWith('\0') || !Object.hasOwn(commonJs, name)) return null
    const { exported, without } = commonJs[name]
    const omit = {
      name: 'what is not used',
      setup: ({ onLoad }) => onLoad({ filter: without }, () => ({ contents: '' })),
    }
    const { outputFiles } = await esbuild({
      stdin: { contents: `export { ${exported} } from '${name}'`, resolveDir: root },
      bundle: true,
      format: 'esm',
      platform: 'node',
      minify: true,
      write: false,
      plugins: without === undefined ? [] : [omit],
    })
    return outputFiles[0].text
  },
}

/**
 * Takes Node's modules from `process.getBuiltinModule`, and their members where they are used. An `import` evaluates every
 * export of such a module, lazy ones too: on Node 22 and later `node:http` loads Node's own undici that way, which
 * replaces the global dispatcher of the undici that a CommonJS service installed.
 *
 * The command line takes them by `require`. A module that only it uses would otherwise be loaded with the core, if a module of the core
 * has an import of it that is not used: uuid has one of `node:crypto`.
 */
const builtins = (from) => ({
  name: 'built-in modules',
  resolveId: (id, importer) => {
    if (!isBuiltin(id)) return null
    return importer?.startsWith(join(from, 'cli') + sep) ? { id, external: true } : `\0node:${id.replace(/^node:/, '')}`
  },
  load: (id) =>
    id.startsWith('\0node:')
      ? {
          code: `const builtin = process.getBuiltinModule('${id.slice(1)}'); export { builtin, builtin as default }`,
          syntheticNamedExports: 'builtin',
          moduleSideEffects: false,
        }
      : null,
})

const packages = {
  name: 'packages',
  resolveId: (id) => compiledIn[id] ?? (isExternal(id) ? { id, external: true } : null),
}

/** Gives Rollup the compiler's source maps, so that those of the package lead to the sources. */
const sourceMaps = (from) => ({
  name: "the compiler's source maps",
  load: (id) => {
    if (!id.startsWith(from + sep) || !id.endsWith('.js')) return null
    const code = readFileSync(id, 'utf8').replace(/\/\/# sourceMappingURL=.*\s*$/, '')
    return { code, map: readFileSync(`${id}.map`, 'utf8') }
  },
})

const typeOf = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** Puts the page, as Vite built it into `folder`, in place of the empty text that the sources unpack. */
const pageFiles = (from, folder) => ({
  name: 'files of the page',
  load: (id) => {
    if (id !== join(from, pageModule)) return null
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    const files = names.map((file) => {
      const type = typeOf[extname(file)]
      if (type === undefined) fail({ message: `the page has a file of an unknown type: ${file}` })
      const name = file.slice(folder.length + 1).replaceAll(sep, '/')
      const body = readFileSync(file, 'utf8')
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      return [name === 'index.html' ? '' : name, { type, etag, body }]
    })
    const [before, after] = readFileSync(id, 'utf8').split("('')")
    if (after === undefined) fail({ message: `${pageModule} has no place for the page` })
    return { code: `${before}('${packedPage(Object.fromEntries(files))}')${after}`, map: null }
  },
})

const pageModule = join('inspector', 'page-files.js')

/** As src/inspector/unpacked-page.ts unpacks it. In base64, because a text is in each bundle of a service, and a file would not be. */
function packedPage(files) {
  const json = Buffer.from(JSON.stringify(files))
  const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_SIZE_HINT } = constants
  const params = { [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT, [BROTLI_PARAM_SIZE_HINT]: json.length }
  return brotliCompressSync(json, { params }).toString('base64')
}

/**
 * The code is CommonJS, because only `require` loads a file within a call; `import()` loads it later. What the users import is a
 * module that names the exports.
 */
async function bundleCode(from, to, page) {
  const input = { ...inputs(from, '.js'), ...lateInputs, [commandLine]: join(from, 'cli', 'main.js') }
  const bundle = await rollup({
    input,
    // A file may export more than its functions, for the others.
    preserveEntrySignatures: 'allow-extension',
    plugins: [lateFiles(from), commonJsPackages, packages, builtins(from), pageFiles(from, page), sourceMaps(from)],
    onwarn: fail,
  })
  const { output } = await bundle.write({
    dir: to,
    format: 'cjs',
    esModule: false,
    freeze: false,
    generatedCode: { constBindings: true },
    minifyInternalExports: true,
    hoistTransitiveImports: false,
    entryFileNames: (chunk) => fileName(chunk, from),
    chunkFileNames: (chunk) => fileName(chunk, from),
    manualChunks: filesOf(input, from),
    banner: licences,
    plugins: [fromFolderAbove, smaller, oneByteCharacters],
    // Kept here, for scripts/map-stack.mjs, and not published: no code may name them.
    sourcemap: 'hidden',
    sourcemapExcludeSources: true,
  })
  for (const file of output) {
    if (file.type !== 'chunk' || !Object.hasOwn(entries, file.name)) continue
    const { name, exports } = file
    writeFileSync(join(to, `${name}.js`), `export { ${exports.join(', ')} } from './${name}.cjs'\n`)
  }
  chmodSync(join(to, `${commandLine}.js`), 0o755)
  // The package itself has modules.
  writeFileSync(join(to, 'cli', 'package.json'), '{ "type": "commonjs" }\n')
}

const commandLine = 'cli/main'

/** Files that only the command line has are in a folder of their own. */
function fileName({ name, moduleIds }, from) {
  const short = name.replace(/^cli\//, '')
  return isOfCommands(moduleIds, from) ? `cli/${short}.js` : `${short}.cjs`
}

function isOfCommands(moduleIds, from) {
  return moduleIds.some((id) => id.startsWith(join(from, 'cli') + sep))
}

/** The functions of late files load `./alerts.cjs`, which is in the folder above that of the command line. */
const fromFolderAbove = {
  name: 'late files from the command line',
  renderChunk: (code, { fileName }) =>
    fileName.startsWith('cli/')
      ? { code: code.replace(/require\('\.\/([\w-]+)\.cjs'\)/g, "require('../$1.cjs')"), map: null }
      : null,
}

/** Escapes all characters but ASCII. With one other character, V8 keeps two bytes for each character of a file, and compiles slower. */
const oneByteCharacters = {
  name: 'characters of one byte',
  renderChunk: (code) => ({ code: code.replace(/[^\0-\x7f]/g, escaped), map: null }),
}

/** In strings, templates and regular expressions alike: `String.raw` must not have such characters. */
function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * Says which file a module goes to. What the index loads, and what several other entries load, goes to the core. What several of the
 * files that are loaded later need goes to the first of them, so that no file has only a few lines.
 */
function filesOf(input, from) {
  /** @type {Map<string, string> | undefined} */
  let fileOf
  return (id, { getModuleInfo }) => {
    fileOf ??= new Map(everyFile(input, from, getModuleInfo))
    return Object.keys(entries).some((name) => input[name] === id) ? undefined : fileOf.get(id)
  }
}

/** @returns {Generator<[id: string, file: string], void>} */
function* everyFile(input, from, getModuleInfo) {
  const loadedBy = (id) => [...loadedFrom(id, getModuleInfo)]
  const ofEntries = Object.keys(entries).map((name) => loadedBy(input[name]))
  const ofIndex = loadedBy(input.index)
  const core = new Set([...ofIndex, ...twice(ofEntries.flat())])
  const ofMain = loadedBy(input[commandLine])
  const ofFind = loadedBy(join(from, 'cli', 'find', 'find-command.js'))
  const early = new Set([...ofMain, ...ofFind])
  const isUsed = (modules) => modules.some((id) => early.has(id) && !core.has(id))
  const late = Object.keys(lateInputs).map((name) => [name, input[name]])
  // `spoor find --quick` takes a few ms in all: it does not load the core, only the part that it and its files need.
  const ofBase = new Set([...early, ...late.flatMap(([, id]) => (isUsed(loadedBy(id)) ? loadedBy(id) : []))])
  for (const id of core) yield [id, ofBase.has(id) ? 'base' : ofIndex.includes(id) ? 'core' : sharedFile(id)]
  const known = new Set([...core, ...ofEntries.flat()])
  const all = new Set([...known, ...late.flatMap(([, id]) => loadedBy(id))])
  const imported = new Set([...all].flatMap((id) => getModuleInfo(id)?.dynamicallyImportedIds ?? []))
  for (const id of [...imported].flatMap(loadedBy)) {
    if (!early.has(id) || all.has(id)) continue
    yield [id, 'reading']
    known.add(id)
  }
  // The smallest first: a small file that needs a large one would be no gain.
  const smallest = [...imported].sort((a, b) => loadedBy(a).length - loadedBy(b).length)
  for (const [name, first] of [...late, ...smallest.map((id) => [parse(id.replace('\0', '')).name, id])]) {
    for (const id of loadedBy(first)) {
      if (!known.has(id)) yield [id, name]
      known.add(id)
    }
  }
  // To load a file takes about 1 ms, so what only `find` needs is one file.
  for (const id of early) if (!known.has(id)) yield [id, ofMain.includes(id) ? commandLine : 'cli/find']
}

/** The file of code that several entries load: the core, or, for the code of one adapter, a file that few services load. */
function sharedFile(id) {
  const [, adapter] = /[\\/]adapters[\\/](\w+)[\\/]/.exec(id) ?? []
  return adapter === undefined ? 'core' : `${adapter}-parts`
}

/**
 * Says which types go to which entry. The index gets the types that it loads itself. The adapter interface gets the others
 * that it loads, also if other entries load them.
 */
function typesOf(input) {
  /** @type {Map<string, string> | undefined} */
  let entryOf
  return (id, { getModuleInfo }) => {
    const loadedBy = (entry) => loadedFrom(entry, getModuleInfo)
    if (entryOf === undefined) {
      entryOf = new Map()
      for (const entry of ['adapter', 'index']) {
        for (const module of loadedBy(input[entry])) entryOf.set(module, entry)
      }
    }
    return entryOf.get(id)
  }
}

/** The modules that `entry` loads, with itself. */
function loadedFrom(entry, getModuleInfo, seen = new Set()) {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const imported of getModuleInfo(entry)?.importedIds ?? []) loadedFrom(imported, getModuleInfo, seen)
  return seen
}

/** What stands in `list` more than once. */
function twice(list) {
  const seen = new Set()
  return list.filter((one) => seen.has(one) || !seen.add(one))
}

/** The licences of what is compiled into a file. */
function licences({ moduleIds }) {
  const ofFiles = Object.entries(compiledIn)
    .filter(([, file]) => moduleIds.some((id) => id.startsWith(dirname(file) + sep)))
    .map(([name]) => licence(name, 'LICENSE.md'))
  const ofCommonJs = Object.entries(commonJs)
    .filter(([name]) => moduleIds.includes(`\0${name}`))
    .flatMap(([name, { licences }]) => [
      ...(licences.includes(name) ? [] : [named(name)]),
      ...licences.map((one) => licence(one, 'LICENSE')),
    ])
  return [...ofFiles, ...ofCommonJs].map((text) => `/*! ${text}\n*/`).join('\n')
}

function licence(name, file) {
  return `${name}\n\n${readFileSync(join(root, 'node_modules', name, file), 'utf8').trim()}`
}

/** For a package that brings no file with its licence. */
function named(name) {
  const { author, license, repository } = readJson(`node_modules/${name}/package.json`)
  return `${name}\n\n${license} licence, ${author}, ${repository}`
}

/**
 * Types that several entries name are the index's: the other entries import them from there. As with the code, each entry has its types
 * in CommonJS, and a module that passes them on.
 */
async function bundleTypes(from, to) {
  const input = inputs(from, '.d.ts')
  const bundle = await rollup({
    input,
    external: (id) => isBuiltin(id) || isExternal(id),
    plugins: [dts()],
    onwarn: fail,
  })
  await bundle.write({
    dir: to,
    entryFileNames: '[name].d.cts',
    chunkFileNames: '[name].d.cts',
    manualChunks: typesOf(input),
    hoistTransitiveImports: false,
    plugins: [typesOfModules],
  })
  for (const name of Object.keys(entries)) writeFileSync(join(to, `${name}.d.ts`), `export * from './${name}.cjs'\n`)
}

/** CommonJS may take the types of an ES module (Hono, NestJS 12), if it says so. The types of other packages are found all the same. */
const typesOfModules = {
  name: 'types of modules',
  renderChunk: (code) =>
    code.replace(/^import (.*) from '([^.'][^']*)';$/gm, (found, names, name) =>
      isExternal(name) ? `import type ${names} from '${name}' with { 'resolution-mode': 'import' };` : found,
    ),
}

function isExternal(id) {
  return external.some((name) => id === name || id.startsWith(`${name}/`))
}

function inputs(from, ending) {
  return Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(from, `${source}${ending}`)]))
}

/** @returns {never} */
function fail({ message }) {
  throw new Error(message)
}

const [from, to, page] = process.argv.slice(2).map((path) => resolve(root, path))
await bundleCode(from, to, page)
await bundleTypes(from, to)
