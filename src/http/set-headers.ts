import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { IdHeader } from '../context/request-id.js'
import { nodesMethod } from './bound-methods.js'

/** The headers that are set on a response, as Node keeps them: by the name in lower case, the name as it was set, and the value. */
export type SetHeaders = Record<string, [name: string, value: OutgoingHttpHeader]>

/** A response with Node's own member for the headers that are set: null before the first. */
export type WithSet = ServerResponse & Record<symbol, SetHeaders | null | undefined>

let slotOfNode: symbol | undefined

/** Where Node keeps the headers that are set on a response. Undefined if some are set, and in HTTP/2. */
export function emptySlot(response: ServerResponse): symbol | undefined {
  slotOfNode ??= Object.getOwnPropertySymbols(response).find(({ description }) => description === 'kOutHeaders')
  return slotOfNode !== undefined && (response as WithSet)[slotOfNode] === null ? slotOfNode : undefined
}

// Node's own setHeader. False if Spoor must call it; undefined before the first response.
let nodesSetHeader: unknown

/**
 * Sets the id of a request as the first header of its response. Node's call takes 0.5 µs and more, because
 * it lower-cases the name to a new string each time (Node 20 to 26). So Node's list is made here, if this version of Node keeps
 * it in the known form. Name and value must have been checked.
 *
 * @param slot from `emptySlot`
 */
export function setFirst(response: ServerResponse, slot: symbol | undefined, header: IdHeader, value: string): void {
  if (slot === undefined || response.setHeader !== nodesSetHeader) {
    response.setHeader(header.name, value)
    if (slot !== undefined) nodesSetHeader ??= setHeaderOf(response, slot, header, value)
    return
  }
  const set = new FirstHeader()
  set[header.lowerName] = [header.name, value]
  ;(response as WithSet)[slot] = set
}

// Its prototype is empty, so that no header's name is that of an inherited member. V8 lists its names faster than those of
// Object.create(null).
const FirstHeader = function FirstHeader() {} as unknown as new () => SetHeaders
FirstHeader.prototype = Object.create(null)

/**
 * Node's own setHeader; false if another program has wrapped it, or if this version of Node keeps another kind of list. Not
 * undefined: it is found out once per process.
 */
function setHeaderOf(response: ServerResponse, slot: symbol, header: IdHeader, value: string): unknown {
  const setHeader = nodesMethod('setHeader')
  const list: unknown = (response as WithSet)[slot]
  const isKnown = JSON.stringify(list) === JSON.stringify({ [header.lowerName]: [header.name, value] })
  return isKnown && isNodesOwn(setHeader) && setHeader
}

/**
 * True if a method of responses is Node's own (20 to 26). A program that is loaded before the service may have wrapped it on the
 * prototype: it must hear each call, with what the service gave.
 */
export function isNodesOwn(method: unknown): boolean {
  return Function.prototype.toString.call(method).includes('kOutHeaders')
}

/** True if `header` is set to `value`, under exactly its name. */
export function isAsSet(set: SetHeaders | null | undefined, header: IdHeader, value: string): boolean {
  const own = set?.[header.lowerName]
  return own !== undefined && own[0] === header.name && own[1] === value
}

/** True if `header` is the only one that is set. */
export function isOnly(header: IdHeader, set: SetHeaders | null | undefined): boolean {
  if (!set) return false
  for (const name in set) if (name !== header.lowerName) return false
  return true
}
