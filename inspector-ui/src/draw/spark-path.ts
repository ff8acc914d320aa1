/**
 * The line of a small chart as the data of an SVG path, from the left to the right edge.
 *
 * @param values what is no number counts as 0
 * @param max the value at the top
 */
export function sparkPath(values: readonly number[], max: number, width: number, height: number): string {
  if (values.length === 0) return ''
  const points = values.map((value, at) => {
    const x = values.length === 1 ? width : (at / (values.length - 1)) * width
    const part = max > 0 && Number.isFinite(value) ? Math.min(1, Math.max(0, value / max)) : 0
    return `${x.toFixed(1)} ${(height - part * height).toFixed(1)}`
  })
  return values.length === 1 ? `M0 ${points[0]?.split(' ')[1]}L${points[0]}` : `M${points.join('L')}`
}
