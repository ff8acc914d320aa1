const longest = 256
const most = 1_000

/**
 * Caches the results of `fn` for short texts: a program has few messages, keys and names, and uses them again and
 * again. Many different texts do not fill the memory; the cache is then emptied.
 */
export function remembered(fn: (text: string) => string): (text: string) => string {
  const made = new Map<string, string>()
  return (text) => {
    if (text.length > longest) return fn(text)
    const known = made.get(text)
    if (known !== undefined) return known
    if (made.size >= most) made.clear()
    const fresh = fn(text)
    made.set(text, fresh)
    return fresh
  }
}

const digit = /\d/

/**
 * `remembered` for messages. Messages with a digit contain a number or an id and hardly ever repeat, so they are not
 * cached.
 */
export function rememberedMessages(fn: (text: string) => string): (text: string) => string {
  const memory = remembered(fn)
  return (text) => (digit.test(text) ? fn(text) : memory(text))
}
