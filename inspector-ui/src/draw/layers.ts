/**
 * The shape of a query: a stack of layers, two in a low bar, three in a higher one. As the data of one SVG path.
 *
 * @param height of the whole stack, in px
 */
export function layers(x: number, y: number, width: number, height: number): string {
  return bandsOf(height)
    .map(
      ([top, band]) => `M${x.toFixed(2)} ${(y + top).toFixed(2)}h${width.toFixed(2)}v${band}h${(-width).toFixed(2)}z`,
    )
    .join('')
}

function bandsOf(height: number): readonly (readonly [number, number])[] {
  if (height <= 5) return [[0, height]]
  if (height <= 10)
    return [
      [0, height * 0.4],
      [height * 0.6, height * 0.4],
    ]
  const outer = height <= 14 ? 3 : height <= 17 ? 4 : height <= 24 ? 5 : height / 4
  const gap = height <= 24 ? 2 : height / 8
  return [
    [0, outer],
    [outer + gap, height - 2 * (outer + gap)],
    [height - outer, outer],
  ]
}
