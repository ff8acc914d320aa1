// The members of an interface as JSON has them, read from the sources: TypeScript 7 has no API to ask.
import { readdirSync, readFileSync } from 'node:fs'

const src = new URL('../../src/', import.meta.url)

/** Source texts, comments taken out. */
const texts: readonly string[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => readFileSync(new URL(file, src), 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, ''))

type Members = ReadonlyMap<string, string>

/**
 * The paths of all values an interface (or alias of one) holds: `cpu.ms`, `outgoing[].host`, `byHost.*.calls`.
 *
 * @throws for an unknown name, or one that several sources give to different things
 */
export function pathsOf(type: string): string[] {
  return [...new Set(leaves(type, ''))]
}

function leaves(written: string, path: string): string[] {
  const type = bare(written)
  const list = /^(?:readonly\s+)?([\s\S]+)\[\]$/.exec(type)?.[1]
  if (list !== undefined) return leaves(list, `${path}[]`)
  const record = /^Readonly<Record<string,([\s\S]+)>>$/.exec(type)?.[1]
  if (record !== undefined) return leaves(record, `${path}.*`)
  const members = membersOf(type)
  if (members === undefined) return [path]
  return [...members].flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`))
}

/** The members of a type that is an object; undefined for types of other packages. */
function membersOf(written: string): Members | undefined {
  const type = bare(written)
  if (type.startsWith('{')) return membersIn(type.slice(1, -1))
  const parts = split(type, '&')
  if (parts.length > 1) return new Map(parts.flatMap((part) => [...(membersOf(part) ?? [])]))
  const [, of, without] = /^(?:Omit|Partial)<(\w+)(?:,([\s\S]+))?>$/.exec(type) ?? []
  if (of !== undefined) {
    const left = new Map(membersOf(of))
    for (const [, name] of (without ?? '').matchAll(/'(\w+)'/g)) left.delete(name as string)
    return left
  }
  const [, owner, member] = /^(\w+)\['(\w+)'\]$/.exec(type) ?? []
  if (owner !== undefined) return membersOf(membersOf(owner)?.get(member as string) ?? '')
  return /^[A-Z]\w+$/.test(type) ? declared(type) : undefined
}

function declared(name: string): Members | undefined {
  const found = texts.flatMap((text) => {
    const alias = new RegExp(`^(?:export )?type ${name} = ([^\\n{]+)$`, 'm').exec(text)?.[1]
    if (alias !== undefined) return [membersOf(alias)]
    const at = new RegExp(`^(?:export )?interface ${name}(?: extends ([^{]+?))? \\{`, 'm').exec(text)
    if (at === null) return []
    const body = text.slice(at.index + at[0].length, closing(text, at.index + at[0].length))
    return [new Map([...(at[1] === undefined ? [] : (membersOf(at[1]) ?? [])), ...membersIn(body)])]
  })
  if (new Set(found.map((one) => one && [...one.keys()].join())).size > 1) throw new Error(`${name} is several things`)
  return found[0]
}

/** Where the brace is closed that was opened before `from`. */
function closing(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at
  }
  throw new Error('a brace is not closed')
}

function membersIn(body: string): Members {
  const one = /^\s*(?:readonly\s+)?(\w+)\??:([\s\S]*)$/
  const members = split(body, /[;\n]/).flatMap((text) => {
    const [, name, type] = one.exec(text) ?? []
    return name === undefined ? [] : [[name, type as string] as const]
  })
  return new Map(members)
}

/** Cuts `text` at a mark that stands within no brackets; what a line goes on with belongs to it. */
function split(text: string, mark: string | RegExp): string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const [at, character] of [...text].entries()) {
    if ('{([<'.includes(character)) depth++
    else if ('})]>'.includes(character)) depth--
    const goesOn = character === '\n' && /^\s*[|&]/.test(text.slice(at + 1))
    const isMark = typeof mark === 'string' ? character === mark : mark.test(character) && !goesOn
    if (depth === 0 && isMark) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

/** A type without what says only that it may be absent. */
function bare(type: string): string {
  const parts = split(type.trim(), '|').filter((part) => part !== 'undefined')
  const whole = parts.join(' | ')
  return /^\([\s\S]*\)$/.test(whole) ? bare(whole.slice(1, -1)) : whole
}
