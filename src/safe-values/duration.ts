/** Three significant digits and a unit: `0.42 ms`, `8.4 ms`, `812 ms`, `2.41 s`. */
export function duration(ms: number): string {
  return ms < 999.5 ? `${significant(ms)} ms` : `${significant(ms / 1_000)} s`
}

function significant(value: number): string {
  const steps = value >= 100 ? 1 : value >= 10 ? 10 : 100
  return String(Math.round(value * steps) / steps)
}
