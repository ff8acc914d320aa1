/**
 * The line through points that a few wild ones do not turn: the median of the slopes of all pairs (Theil–Sen).
 *
 * @param {readonly (readonly number[])[]} points x and y of each
 * @returns the slope; 0 for fewer than two points
 */
export function slopeOf(points) {
  const slopes = []
  for (const [at, [x, y]] of points.entries()) {
    for (const [otherX, otherY] of points.slice(at + 1)) if (otherX !== x) slopes.push((otherY - y) / (otherX - x))
  }
  return slopes.length === 0 ? 0 : medianOf(slopes)
}

export function medianOf(values) {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
