/**
 * Moves labels apart so that none covers another. They stay in the order of their wanted places, and as near to them as
 * they can. If there are too many for the room, they share it evenly.
 *
 * @param wanted the place that each label wants
 * @returns the place of each label, in the order of `wanted`
 */
export function pushApart(wanted: readonly number[], gap: number, from: number, to: number): readonly number[] {
  const order = wanted.map((place, at) => ({ at, place: clamp(place, from, to) }))
  order.sort((one, other) => one.place - other.place || one.at - other.at)
  const step = order.length > 1 ? Math.min(gap, (to - from) / (order.length - 1)) : gap
  let least = from
  for (const label of order) {
    label.place = Math.max(label.place, least)
    least = label.place + step
  }
  let most = to
  for (const label of order.toReversed()) {
    label.place = Math.min(label.place, most)
    most = label.place - step
  }
  const places = new Array<number>(wanted.length)
  for (const { at, place } of order) places[at] = place
  return places
}

function clamp(value: number, from: number, to: number): number {
  return Number.isFinite(value) ? Math.min(to, Math.max(from, value)) : to
}
