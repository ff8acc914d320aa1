import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** The width of an element in px, as it changes. Charts are drawn in px, so that strokes and text keep their size. */
export function useWidth<T extends Element>(): { readonly ref: { current: T | null }; readonly width: number } {
  const ref = useRef<T>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(Math.round(element.getBoundingClientRect().width)))
    observer.observe(element)
    setWidth(Math.round(element.getBoundingClientRect().width))
    return () => observer.disconnect()
  }, [])
  return { ref, width }
}
