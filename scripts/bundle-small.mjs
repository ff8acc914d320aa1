// Makes the code of the package smaller without a loss for those who read its stack traces: functions, methods, classes and what is
// at the top of a file keep their names, each statement keeps a line of its own, and the source maps lead to the sources' lines
// (docs/decisions/0163-size-of-the-package.md).
import { decode, encode } from '@jridgewell/sourcemap-codec'
import { parseAst } from 'rollup/parseAst'
import { minify } from 'terser'

/** @type {import('rollup').OutputPlugin} */
export const smaller = {
  name: 'smaller code',
  async renderChunk(code, { fileName }) {
    const names = { keep_fnames: true, keep_classnames: true }
    const made = await minify(code, {
      compress: { ...names, ...asWritten, toplevel: true },
      mangle: { ...names, toplevel: true, reserved: namesOfFunctions(parseAst(code)) },
      // A line break in place of each semicolon.
      format: { semicolons: false, comments: /^!/ },
      sourceMap: { filename: fileName },
    })
    return { code: String(made.code), map: String(made.map) }
  },
  generateBundle(_options, bundle) {
    for (const [name, file] of Object.entries(bundle)) {
      if (!name.endsWith('.map') || file.type !== 'asset') continue
      file.source = JSON.stringify(linesOf(JSON.parse(String(file.source))))
    }
  },
}

/** What would make one statement of several, so that a stack trace would lead to the wrong line, or move code to another function. */
const asWritten = {
  sequences: false,
  join_vars: false,
  collapse_vars: false,
  conditionals: false,
  if_return: false,
  inline: 0,
  reduce_funcs: false,
  reduce_vars: false,
}

/** The names of variables that hold a function: an arrow function has its name from there. */
function namesOfFunctions(node, found = new Set()) {
  if (node === null || typeof node !== 'object') return [...found]
  const { id, left, init = node.right } = node
  const isNamed = node.type === 'VariableDeclarator' || node.type === 'AssignmentExpression'
  if (isNamed && /Function|Class/.test(init?.type ?? '')) found.add((id ?? left).name)
  for (const child of Object.values(node)) namesOfFunctions(child, found)
  return [...found]
}

/** Keeps of a source map which line each piece of code comes from. Names and places within lines would double its size. */
function linesOf(map) {
  const lines = decode(map.mappings).map((places) => {
    const known = places.filter((place) => place.length > 1)
    const starts = known.filter(([, file, line], at) => known[at - 1]?.[1] !== file || known[at - 1]?.[2] !== line)
    return starts.map(
      ([column, file = 0, line = 0]) => /** @type {[number, number, number, number]} */ ([column, file, line, 0]),
    )
  })
  return { ...map, names: [], mappings: encode(lines) }
}
