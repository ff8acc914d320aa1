import { useLayoutEffect, useState } from 'preact/hooks'
import { type ListWindow, useWindow } from '../../parts/use-window.js'

const wholeUpTo = 200

/** The rows to draw of a long table. All rows have the height of the first. */
export function useWindowedRows(count: number): ListWindow<HTMLTableSectionElement> {
  const [rowPx, setRowPx] = useState(37)
  const shown = useWindow<HTMLTableSectionElement>({ count, rowPx, wholeUpTo })
  useLayoutEffect(() => {
    const row = shown.isWhole ? null : shown.list.current?.querySelector('tr:not(.room)')
    const height = row?.getBoundingClientRect().height ?? rowPx
    if (Math.abs(height - rowPx) >= 0.5) setRowPx(height)
  })
  return shown
}
