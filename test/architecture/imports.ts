// Finds what a source file imports. TypeScript 7 has no compiler API, and ours is formatted code in one dialect: a
// scanner that knows comments, strings, templates and regular expressions is enough, and is tested beside the rules.

export interface Import {
  readonly specifier: string
  /** Gone after compilation: `import type`, `export type … from`. */
  readonly typeOnly: boolean
  readonly reexport: boolean
  readonly everything: boolean
}

export interface Imports {
  readonly list: readonly Import[]
  /** Nothing but `export … from`. */
  readonly onlyReexports: boolean
}

const lexeme = new RegExp(
  [
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*/, // comments
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/, // strings
    /`(?:\\[\s\S]|[^`\\])*`/, // templates
    // Regular expressions: a slash where no operand stands before it.
    /(?<=(?:^|[(,=:[!&|?{};>\n]|\breturn)[ \t]*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/,
  ]
    .map((part) => part.source)
    .join('|'),
  'g',
)

const statement =
  /(?<![\w$.])(import|export)\s+(type\s+)?([\w$*\s{},]+?)\s*\bfrom\s*(['"])([^'"]*)\4|(?<![\w$.])import\s*(['"])([^'"]*)\6/g
const call = /(?<![\w$.])import\s*\(\s*(?:(['"])([^'"]*)\1)?/g

export function importsOf(source: string): Imports {
  const code = withoutTexts(source)
  const list = [...staticImports(code), ...dynamicImports(code)]
  const rest = code.replace(statement, (found) => (found.startsWith('export') ? '' : found))
  return { list, onlyReexports: list.length > 0 && /^[\s;]*$/.test(rest) }
}

function staticImports(code: string): Import[] {
  return Array.from(code.matchAll(statement), ([, keyword, type, clause, , from, , bare]) => ({
    specifier: from ?? bare ?? '',
    // Not `import { type A }`: under verbatimModuleSyntax that still loads the module.
    typeOnly: type !== undefined,
    reexport: keyword === 'export',
    everything: clause?.startsWith('*') ?? false,
  }))
}

// Also `import('…').Type` in a type, which an `import type` says better.
function dynamicImports(code: string): Import[] {
  return Array.from(code.matchAll(call), ([, , specifier]) => ({
    specifier: specifier ?? computed,
    typeOnly: false,
    reexport: false,
    everything: false,
  }))
}

/** The specifier of `import(expression)`. */
export const computed = '(computed)'

/** The code without comments, and without any text but the specifiers of imports. */
function withoutTexts(source: string): string {
  return source.replace(lexeme, (text, offset: number) => {
    if (text.startsWith('/*') || text.startsWith('//')) return text.replace(/[^\n]/g, ' ')
    const before = source.slice(Math.max(0, offset - 20), offset)
    const isSpecifier = /^['"]/.test(text) && /\bfrom\s*$|(?<![\w$.])import\s*\(?\s*$/.test(before)
    return isSpecifier ? text : '0'
  })
}
