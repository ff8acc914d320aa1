/** Handlers that fail in the same way in every framework, by their paths. */
export const failing: Readonly<Record<'/throw' | '/reject' | '/throw-string', () => never | Promise<never>>> = {
  '/throw': () => {
    throw new Error('secret')
  },
  '/reject': () => Promise.reject(new Error('secret')),
  '/throw-string': () => {
    throw 'text'
  },
}
