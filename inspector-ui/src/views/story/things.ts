import type { StoryInput } from './layout/story-input.js'

/** Something on the axis that the keys go to. */
export interface Thing {
  readonly at: number
  /** A warning or a failure. */
  readonly isTrouble: boolean
  /** The id of the story that Enter opens, anywhere up to `until`. */
  readonly story?: string | undefined
  readonly until?: number | undefined
}

const remembered = new WeakMap<StoryInput, readonly Thing[]>()

/** The things on the axis, in order: lines, slices, calls, queries, steps, jobs, and what held it up. */
export function thingsOf(input: StoryInput): readonly Thing[] {
  const known = remembered.get(input)
  if (known !== undefined) return known
  const { record, lines = [], jobs } = input
  const plain = (at: number): Thing => ({ at, isTrouble: false })
  const failedCall = (status: number | undefined, code: string | undefined): boolean =>
    code !== undefined || (status !== undefined && status >= 500)
  const all: Thing[] = [
    plain(0),
    plain(record.durationMs),
    ...lines.map(({ atMs, kind }) => ({ at: atMs, isTrouble: kind !== 'plain' })),
    ...(record.timeline ?? []).map(([start]) => plain(start)),
    ...(record.outgoing ?? []).map(({ startMs, status, errorCode }) => ({
      at: startMs,
      isTrouble: failedCall(status, errorCode),
    })),
    ...(record.queryRuns ?? []).map(({ startMs, errorCode }) => ({ at: startMs, isTrouble: errorCode !== undefined })),
    ...(record.steps ?? []).map(({ startMs }) => plain(startMs)),
    ...(record.poolWaits ?? []).map(({ startMs, durationMs, by }) => ({
      at: startMs,
      isTrouble: false,
      story: storyOf(by),
      until: startMs + durationMs,
    })),
    ...(record.heldUp ?? []).map(({ startMs, durationMs, by }) => ({
      at: startMs,
      isTrouble: false,
      story: storyOf(by),
      until: startMs + durationMs,
    })),
    ...jobs.map(({ queuedAtMs, id, outcome }) => ({ at: queuedAtMs, isTrouble: outcome === 'failed', story: id })),
  ]
  const things = merged(all.filter(({ at }) => Number.isFinite(at)))
  remembered.set(input, things)
  return things
}

function storyOf(by: { readonly kind: string; readonly id?: string | undefined } | undefined): string | undefined {
  return by === undefined || by.kind === 'other account' ? undefined : by.id
}

/** Things of one moment are one. */
function merged(all: readonly Thing[]): readonly Thing[] {
  const things: Thing[] = []
  for (const thing of [...all].sort((one, other) => one.at - other.at)) {
    const last = things.at(-1)
    if (last === undefined || thing.at - last.at >= 0.005) things.push(thing)
    else
      things[things.length - 1] = {
        at: last.at,
        isTrouble: last.isTrouble || thing.isTrouble,
        story: last.story ?? thing.story,
        until: last.story === undefined ? thing.until : last.until,
      }
  }
  return things
}

/** The next thing after a moment, or the one before it (`by` -1). */
export function nextThing(things: readonly Thing[], at: number | undefined, by: 1 | -1): Thing | undefined {
  if (at === undefined) return by === 1 ? things[0] : things.at(-1)
  // What is pinned is rounded to a hundredth of a ms.
  return by === 1 ? things.find((thing) => thing.at > at + 0.0051) : things.findLast((thing) => thing.at < at - 0.0051)
}

/** The thing nearest to a moment. */
export function nearestThing(things: readonly Thing[], at: number): Thing | undefined {
  let nearest: Thing | undefined
  for (const thing of things)
    if (nearest === undefined || Math.abs(thing.at - at) < Math.abs(nearest.at - at)) nearest = thing
  return nearest
}

/** The story that a moment leads to: that of the work that held the request up then, or of a job queued then. */
export function storyAt(things: readonly Thing[], at: number): string | undefined {
  const within = things.find((thing) => thing.story !== undefined && thing.at <= at && at <= (thing.until ?? thing.at))
  if (within !== undefined) return within.story
  const nearest = nearestThing(
    things.filter(({ story }) => story !== undefined),
    at,
  )
  return nearest !== undefined && Math.abs(nearest.at - at) < 1 ? nearest.story : undefined
}
