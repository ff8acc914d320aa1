import { Places } from '../work/places.js'
import { type ReadAccess, seesAll } from './read-access.js'

/**
 * Places for readers. Readers of one account share `max` places, at most half of them for one account. Readers of
 * everything have places of their own, half as many, so that accounts cannot keep them out.
 */
export class ReaderPlaces {
  readonly #accounts: Places
  readonly #everything: Places

  constructor(max: number) {
    const own = Math.ceil(max / 2)
    this.#accounts = new Places(max)
    this.#everything = new Places(own, own)
  }

  /** Takes a place. @returns a function that gives the place back; undefined if all places are taken */
  take(access: ReadAccess): (() => void) | undefined {
    const places = seesAll(access) ? this.#everything : this.#accounts
    const { account } = access
    return places.take(account) ? () => places.free(account) : undefined
  }
}
