import { type Check, check } from '../options.js'

const storeMethods = ['put', 'update', 'get', 'list', 'health', 'close']

function isStore(value: unknown): boolean {
  const store = value as Record<string, unknown> | null
  return typeof store === 'object' && store !== null && storeMethods.every((name) => typeof store[name] === 'function')
}

/** Checks the option `records`. */
export const recordsOption: Check = check(
  isStore,
  `a store with ${storeMethods.join(', ')}`,
  'write memoryRecords(), or leave it out',
)
