import { useEffect, useState } from 'preact/hooks'

const narrow = '(max-width: 820px)'

/** Whether the screen is a small one. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(narrow).matches)
  useEffect(() => {
    const media = matchMedia(narrow)
    const changed = (): void => setNarrow(media.matches)
    media.addEventListener('change', changed)
    return () => media.removeEventListener('change', changed)
  }, [])
  return isNarrow
}
