import type { ListName, MemberName, UnlistedName } from './record.js'
import type { Column, Member } from './record-member.js'
import { memberRows } from './record-table.js'

export const unlistedNames: readonly UnlistedName[] = namesWhere(({ inLists }) => !inLists)

export const listNames: readonly ListName[] = namesWhere(({ kind }) => kind === 'list')

/** The texts that `beforeLine` may change or remove. */
export const editableTextNames: readonly MemberName[] = namesWhere(
  ({ kind, isEditable }) => kind === 'text' && isEditable === true,
)

function namesWhere<Name extends MemberName>(is: (row: Member & Column) => boolean): Name[] {
  return memberRows.filter(([, row]) => is(row)).map(([name]) => name as Name)
}
