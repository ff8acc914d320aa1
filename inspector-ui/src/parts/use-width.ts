import { useLayoutEffect, useRef, useState } from 'preact/hooks'

let viewWidth = 0

/** Follows the width that views have. */
export function watchViewWidth(view: Element | null): void {
  if (view === null) return
  new ResizeObserver(([entry]) => {
    viewWidth = Math.round(entry?.contentRect.width ?? 0)
  }).observe(view)
}

/**
 * The width of an element in px, as it changes. Charts are drawn in px, so that strokes and text keep their size.
 *
 * @param isAsView the element is as wide as the view. It is drawn at once: to ask for its width would lay the page out
 */
export function useWidth<T extends Element>(
  isAsView = false,
): { readonly ref: { current: T | null }; readonly width: number } {
  const ref = useRef<T>(null)
  const [width, setWidth] = useState(isAsView ? viewWidth : 0)
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = (): void => setWidth(Math.round(element.getBoundingClientRect().width))
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    if (width === 0) measure()
    return () => observer.disconnect()
  }, [])
  return { ref, width }
}
