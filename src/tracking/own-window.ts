import type { WorkContext } from '../context/request-context.js'
import type { WindowResult } from '../usage/windows.js'
import type { Gate } from '../work/work.js'

/**
 * The part of a window that an instance may see: the work that it began. Windows belong to the thread, and other instances may
 * serve other services in it. The CPU of all other work is unattributed.
 */
export function ownWindow(window: WindowResult, gate: Gate): WindowResult {
  const isOwn = ({ work }: WorkContext): boolean => work.gate === gate
  const shares = window.shares.filter(({ context }) => isOwn(context))
  const held = window.held.filter(({ victim, by }) => isOwn(victim) && (by === undefined || isOwn(by)))
  const attributedMs = shares.reduce((sum, { cpuMs }) => sum + cpuMs, window.overheadMs)
  return { ...window, shares, held, unattributedMs: Math.max(0, window.threadCpuMs - attributedMs) }
}
