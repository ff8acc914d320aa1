// A parser of Alloy's configuration syntax (grafana.com/docs/alloy/latest/get-started/configuration-syntax): blocks, attributes, and
// expressions of literals, lists, objects, references, calls and +. No npm package parses it.

export interface Block {
  /** For example `loki.process`. */
  readonly name: string
  readonly label: string | undefined
  readonly attributes: ReadonlyMap<string, Value>
  readonly blocks: readonly Block[]
}

export type Value =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'reference'; readonly path: string }
  | { readonly kind: 'call'; readonly path: string; readonly arguments: readonly Value[] }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, Value> }
  | { readonly kind: 'sum'; readonly terms: readonly Value[] }

const token =
  /\s*(?:\/\/[^\n]*|("(?:[^"\\\n]|\\.)*")|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(\d+(?:\.\d+)?)|([{}[\](),=+])|(\S))/gy

/** @throws Error that names the token at fault */
export function parseAlloy(text: string): readonly Block[] {
  const tokens = [...text.trimEnd().matchAll(token)]
    .map(([, string, name, number, sign, other]) => {
      if (other !== undefined) throw new Error(`unexpected ${other}`)
      return string ?? name ?? number ?? sign
    })
    .filter((found) => found !== undefined)
  let at = 0

  const take = (expected?: string): string => {
    const next = tokens[at++]
    if (next === undefined || (expected !== undefined && next !== expected)) {
      throw new Error(`expected ${expected ?? 'more'}, got ${next ?? 'the end'} (token ${at})`)
    }
    return next
  }
  const isNext = (sign: string): boolean => tokens[at] === sign
  const isName = (word: string): boolean => /^[A-Za-z_]/.test(word)

  function body(end: string | undefined): Pick<Block, 'attributes' | 'blocks'> {
    const attributes = new Map<string, Value>()
    const blocks: Block[] = []
    while (end === undefined ? at < tokens.length : !isNext(end)) {
      const name = take()
      if (!isName(name)) throw new Error(`expected a name, got ${name}`)
      if (isNext('=')) {
        take('=')
        if (attributes.has(name)) throw new Error(`${name} is there twice`)
        attributes.set(name, expression())
        continue
      }
      const label = tokens[at]?.startsWith('"') ? (JSON.parse(take()) as string) : undefined
      take('{')
      blocks.push({ name, label, ...body('}') })
    }
    if (end !== undefined) take(end)
    return { attributes, blocks }
  }

  function expression(): Value {
    const terms = [single()]
    while (isNext('+')) {
      take('+')
      terms.push(single())
    }
    return terms.length === 1 ? (terms[0] as Value) : { kind: 'sum', terms }
  }

  function single(): Value {
    const word = take()
    if (word.startsWith('"')) return { kind: 'literal', value: JSON.parse(word) as string }
    if (/^\d/.test(word)) return { kind: 'literal', value: Number(word) }
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' }
    if (word === '[') return { kind: 'list', items: separated(']', expression) }
    if (word === '{') return { kind: 'object', members: new Map(separated('}', member)) }
    if (!isName(word)) throw new Error(`unexpected ${word}`)
    if (!isNext('(')) return { kind: 'reference', path: word }
    take('(')
    return { kind: 'call', path: word, arguments: separated(')', expression) }
  }

  function member(): [string, Value] {
    const name = take()
    take('=')
    return [name.startsWith('"') ? (JSON.parse(name) as string) : name, expression()]
  }

  /** A comma after the last one is allowed. */
  function separated<T>(end: string, one: () => T): T[] {
    const all: T[] = []
    while (!isNext(end)) {
      all.push(one())
      if (!isNext(end)) take(',')
    }
    take(end)
    return all
  }

  return body(undefined).blocks
}
