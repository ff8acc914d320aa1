import { copyProperty } from './like-original.js'

/** Any method. Callers that know its type give their own. */
// biome-ignore lint/suspicious/noExplicitAny: a patched method passes on what it is given
export type Patchable = (this: any, ...args: any[]) => any

// Functions in sloppy mode have the last two of their own; they say nothing about the function.
const notCopied = ['prototype', 'arguments', 'caller']

/**
 * Replaces the method `name` of `target` with what `make` returns for it. The new method keeps the name, the length and
 * all other properties of the original: BullMQ and Express read the length, `util.promisify` reads a symbol.
 *
 * @returns a function that restores the original. If another library wrapped our method meanwhile, ours stays below it
 * and only passes calls on. If `target` has no such method (some runtimes and mocks), nothing is patched.
 */
export function patch<F extends Patchable>(target: object, name: string, make: (below: F) => F): () => void {
  const methods = target as Record<string, Patchable | undefined>
  const below = methods[name] as F | undefined
  if (typeof below !== 'function') return () => {}
  const ours = make(below)
  const isInherited = !Object.hasOwn(methods, name)
  let isOn = true
  const above = function (this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(isOn ? ours : below, this, args)
  }
  methods[name] = likeAll(above, below)
  return () => {
    isOn = false
    if (methods[name] !== above) return
    if (isInherited) delete methods[name]
    else methods[name] = below
  }
}

function likeAll<F extends Patchable>(wrapper: F, original: Patchable): F {
  for (const key of Reflect.ownKeys(original)) {
    if (!notCopied.includes(key as string)) copyProperty(wrapper, original, key)
  }
  return wrapper
}
