import { editOf, type Logs } from '../logging/define-logs.js'
import type { LiveRequest } from '../records/live-request.js'
import { safePath, shownLive } from '../records/stored-record.js'
import type { SafeValue } from '../safe-values/safe-value.js'
import type { Lifecycle } from './lifecycle.js'

/** The open requests that a reader may see, as records show them. Others are skipped before the costly redaction. */
export function* safeLive(
  lifecycle: Pick<Lifecycle, 'live'>,
  logs: Pick<Logs<string>, 'safe' | 'safePath'>,
  mayRead: (request: LiveRequest) => boolean = () => true,
): Iterable<LiveRequest> {
  const safe = (value: unknown): SafeValue | undefined => logs.safe(value)
  const edit = editOf(logs)
  for (const one of lifecycle.live()) {
    if (!mayRead(one)) continue
    const path = one.path === undefined ? undefined : safePath(logs.safePath(one.path), safe)
    const shown = shownLive({ ...one, path }, safe, edit)
    if (shown !== undefined) yield shown
  }
}
