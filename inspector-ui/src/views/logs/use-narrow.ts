import { useEffect, useState } from 'preact/hooks'
import { listen } from '../../state/listen.js'

const narrow = '(max-width: 820px)'

/** Whether the screen is a small one. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(narrow).matches)
  useEffect(() => {
    const media = matchMedia(narrow)
    return listen(media, { change: () => setNarrow(media.matches) })
  }, [])
  return isNarrow
}
