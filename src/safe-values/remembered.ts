const longest = 256
const most = 1_000

/**
 * `fn`, remembering what it made of short texts: a program's messages, keys and names are few and come again and again.
 * A flood of ever new ones fills no memory; it only makes it forget.
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

/** `remembered` for messages: those with a digit tell of a number or an id, and hardly ever come again. */
export function rememberedMessages(fn: (text: string) => string): (text: string) => string {
  const memory = remembered(fn)
  return (text) => (digit.test(text) ? fn(text) : memory(text))
}
