import { type ReadAccess, seesAll } from '../../records/read-access.js'
import type { ShownLine } from '../story/story.js'
import { type LineFilter, lineTest, textTest } from './line-filter.js'
import type { PlaceSeal } from './place-seal.js'
import { type SeenBy, seenBy, shownParsed } from './seen-line.js'

/** Something that a viewer gets. `id`, called while it is sent, makes the text after which the viewer can go on later. */
export type LiveEvent =
  | { readonly kind: 'line' | 'request'; readonly line: ShownLine; readonly id: () => string }
  | { readonly kind: 'dropped'; readonly lines: number; readonly id: () => string }

/** A log file was rotated: its lines go on in a new file. */
export interface Rotated {
  readonly kind: 'rotated'
  /** The name of the live file. */
  readonly file: string
  /** The size of the file that became a backup. */
  readonly bytes: number
  readonly id: () => string
}

export interface Viewer {
  readonly access: ReadAccess
  readonly filter: LineFilter
  /** Gets an event. @returns false if the viewer cannot take more now; what comes then is dropped and counted */
  readonly send: (event: LiveEvent) => boolean
  /** Gets rotations. Only viewers that see everything are told: the size of a file is about the lines of all. */
  readonly rotated?: ((event: Rotated) => void) | undefined
}

const maxIdLength = 32_768

/** One viewer, with what it could not take. */
export class Watching {
  dropped = 0
  readonly #viewer: Viewer
  readonly #seen: SeenBy
  readonly #mayMatch: ReturnType<typeof textTest>
  readonly #test: ReturnType<typeof lineTest>
  readonly #seal: PlaceSeal | undefined

  /**
   * @param seal hides from a reader of one account how much others write, where places are offsets in files of all accounts;
   * undefined where they tell nothing of others
   */
  constructor(viewer: Viewer, seal: PlaceSeal | undefined) {
    this.#viewer = viewer
    this.#seal = seesAll(viewer.access) ? undefined : seal
    this.#seen = seenBy(viewer.access)
    this.#mayMatch = textTest(viewer.filter)
    this.#test = lineTest(viewer.filter)
  }

  /** The places in an id that this viewer sent; undefined if they cannot be known (another process sealed them). */
  opened(id: string | undefined): string | undefined {
    if (id === undefined || id.length > maxIdLength) return undefined
    if (this.#seal !== undefined) return this.#seal.open(this.#reader, id)
    return Buffer.from(id, 'base64url').toString('utf8')
  }

  /** Tells the viewer that it may have missed lines. */
  lost(id: () => string): void {
    this.dropped++
    this.flush(id)
  }

  get #reader(): string {
    return this.#viewer.access.account ?? ''
  }

  #idFrom(places: () => string): () => string {
    const seal = this.#seal
    return () => (seal === undefined ? Buffer.from(places()).toString('base64url') : seal.seal(this.#reader, places()))
  }

  see(text: string, file: string, id: () => string): void {
    if (!this.#mayMatch(text)) return
    const line = this.#seen(text)
    if (line === undefined || !this.#test(line)) return
    const { kind } = line.fields
    const isRequest = line.logger === 'requests' && (kind === 'request' || kind === 'job')
    const event = {
      kind: isRequest ? ('request' as const) : ('line' as const),
      line: shownParsed(line, file),
      id: this.#idFrom(id),
    }
    if (this.dropped > 0) this.flush(id)
    if (this.dropped > 0 || !this.#viewer.send(event)) this.dropped++
  }

  rotated(event: Rotated): void {
    if (seesAll(this.#viewer.access)) this.#viewer.rotated?.(event)
  }

  flush(id: () => string): void {
    if (this.dropped === 0) return
    if (this.#viewer.send({ kind: 'dropped', lines: this.dropped, id: this.#idFrom(id) })) this.dropped = 0
  }
}
