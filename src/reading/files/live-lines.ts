import { seesAll } from '../../records/read-access.js'
import { PlaceSeal } from '../lines/place-seal.js'
import { type Viewer, Watching } from '../lines/watching.js'
import { type FilePlace, FollowedGroup } from './followed-group.js'
import type { LogGroup } from './log-groups.js'
import type { ReadingMode } from './open-file.js'

/** The files of a group in which a viewer missed lines, and from where. */
interface MissedFiles {
  readonly group: LogGroup
  readonly place: FilePlace | undefined
  readonly from: FollowedGroup
}

const everyMs = 150
/** A position that is older than this many files is not resumed. */
const maxPlaces = 64

/**
 * Follows log files for any number of viewers. The files are read once for all of them, and only while there is a viewer. A
 * viewer gets only lines that its access allows: they are refused before they are parsed.
 */
export class LiveLines {
  readonly #list: () => LogGroup[]
  readonly #mode: ReadingMode
  readonly #keepsAlive: boolean
  readonly #watching = new Set<Watching>()
  readonly #followed = new Map<string, FollowedGroup>()
  #timer: NodeJS.Timeout | undefined
  /** The last reading, or catching up of a viewer. */
  #turn: Promise<void> = Promise.resolve()
  readonly #seal: PlaceSeal
  readonly #id = (): string => idOf(this.#followed)

  /**
   * @param list lists the log files, as they are at that moment
   * @param keepsAlive whether following keeps the process alive
   * @param seal hides the places in the ids of events. Default: a seal of this object alone
   */
  constructor(list: () => LogGroup[], mode: ReadingMode, keepsAlive = false, seal: PlaceSeal = new PlaceSeal()) {
    this.#seal = seal
    this.#keepsAlive = keepsAlive
    this.#list = list
    this.#mode = mode
  }

  /**
   * Adds a viewer.
   *
   * @param after the id of the last event that the viewer got: it goes on there
   * @returns a function that removes the viewer
   */
  async add(viewer: Viewer, after?: string): Promise<() => void> {
    const one = new Watching(viewer, this.#seal)
    // Between two readings, so that the viewer goes on exactly where it caught up.
    await this.#inTurn(async () => {
      if (this.#watching.size === 0) this.#begin()
      const places = placesIn(one.opened(after))
      if (places !== undefined) await this.#catchUp(one, places)
      else if (after !== undefined && !seesAll(viewer.access)) one.lost(this.#id)
      this.#watching.add(one)
    })
    this.#timer ??= this.#wait()
    return () => {
      this.#watching.delete(one)
      if (this.#watching.size > 0) return
      this.close()
    }
  }

  close(): void {
    // A reading that goes on sends nothing more.
    this.#watching.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#closeFiles()
  }

  #closeFiles(): void {
    for (const group of this.#followed.values()) group.close()
    this.#followed.clear()
  }

  #begin(): void {
    this.#closeFiles()
    for (const group of this.#list()) this.#followed.set(group.name, new FollowedGroup(group, this.#mode))
  }

  /** Sends a viewer what it missed, up to where all viewers are. */
  async #catchUp(own: Watching, places: ReadonlyMap<string, FilePlace>): Promise<void> {
    const groups = this.#list()
    // Log files of another service are not new, although their places are unknown.
    const isHere = groups.some(({ name, files }) => files.some((file) => file.identity === places.get(name)?.identity))
    const followed = groups.flatMap((group): MissedFiles[] => {
      const place = places.get(group.name)
      if (place !== undefined) return [{ group, place, from: new FollowedGroup(group, this.#mode, place) }]
      // A log file that is new since then. If it is newer than the last look, the next look reads all of it.
      if (!isHere || this.#followed.get(group.name)?.place === undefined) return []
      return [{ group, place, from: new FollowedGroup({ name: group.name, files: [] }, this.#mode) }]
    })
    const id = (): string => idOf(new Map(followed.map(({ group, from }) => [group.name, from])))
    for (const { group, place, from } of followed) {
      if (place !== undefined && !group.files.some(({ identity }) => identity === place.identity)) own.dropped++
      else
        await from.read(
          () => this.#groupNow(group.name),
          (text, file) => own.see(text, file, id),
          this.#followed.get(group.name)?.place,
        )
    }
    own.flush(id)
    for (const { from } of followed) from.close()
  }

  #tick(): void {
    const again = (): void => {
      if (this.#watching.size > 0) this.#timer = this.#wait()
    }
    // What cannot be read now may be readable at the next look.
    void this.#inTurn(() => this.#read()).then(again, again)
  }

  #wait(): NodeJS.Timeout {
    const timer = setTimeout(() => this.#tick(), everyMs)
    return this.#keepsAlive ? timer : timer.unref()
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #read(): Promise<void> {
    for (const { name } of this.#list()) {
      let followed = this.#followed.get(name)
      if (followed === undefined) {
        // A log file that is new since the last look.
        followed = new FollowedGroup({ name, files: [] }, this.#mode)
        this.#followed.set(name, followed)
      }
      const isWhole = await followed.read(
        () => this.#groupNow(name),
        (text, file) => {
          for (const one of this.#watching) one.see(text, file, this.#id)
        },
        undefined,
        (bytes) => {
          for (const one of this.#watching) one.rotated({ kind: 'rotated', file: name, bytes, id: this.#id })
        },
      )
      if (!isWhole) for (const one of this.#watching) one.dropped++
    }
    for (const one of this.#watching) one.flush(this.#id)
  }

  #groupNow(name: string): LogGroup {
    return this.#list().find((one) => one.name === name) ?? { name, files: [] }
  }
}

/** The places in all files as a text: what an id holds. */
function idOf(followed: ReadonlyMap<string, FollowedGroup>): string {
  const places = [...followed].flatMap(([name, { place }]) =>
    place === undefined ? [] : [[name, place.identity, place.at]],
  )
  return JSON.stringify(places)
}

/** The places in what an event id holds; undefined for any other text. */
function placesIn(text: string | undefined): ReadonlyMap<string, FilePlace> | undefined {
  if (text === undefined) return undefined
  try {
    const list: unknown = JSON.parse(text)
    if (!Array.isArray(list) || list.length > maxPlaces) return undefined
    const places = list.flatMap((one: unknown): [string, FilePlace][] => {
      if (!Array.isArray(one)) return []
      const [name, identity, at] = one as unknown[]
      const isPlace =
        typeof name === 'string' && typeof identity === 'string' && Number.isSafeInteger(at) && (at as number) >= 0
      return isPlace ? [[name, { identity, at: at as number }]] : []
    })
    return new Map(places)
  } catch {
    return undefined
  }
}
