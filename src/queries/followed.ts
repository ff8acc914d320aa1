import { registry } from './registry.js'

// On the client itself, so that two copies of the package find each other's mark.
const key = Symbol.for('spoor.followed.1')

/** True for a client that is followed already, by any copy of the package. */
export function isFollowed(client: object): boolean {
  return Object.hasOwn(client, key)
}

/**
 * Marks a client as followed.
 *
 * @param undo restores the client; called when the last instance closes
 * @returns a function that forgets the client, so that a closed client does not stay in memory
 */
export function markFollowed(client: object, undo: () => void): () => void {
  Object.defineProperty(client, key, { value: true, configurable: true })
  const restore = (): void => {
    Reflect.deleteProperty(client, key)
    undo()
  }
  registry.undos.add(restore)
  return () => registry.undos.delete(restore)
}
