import type { ComponentChildren, VNode } from 'preact'
import { cut } from '../format/texts.js'
import { useMenu } from './use-menu.js'

/** One choice of a menu. */
export interface Choice {
  readonly value: string | undefined
  readonly label: string
  /** A number that stands dim at the end. */
  readonly note?: string
}

interface Props {
  /** The name of what is chosen: `account`. */
  readonly name: string
  readonly value: string | undefined
  readonly choices: readonly Choice[]
  /** Lets the reader type a value that is no choice; the placeholder of the field. */
  readonly typed?: string
  readonly onChoose: (value: string | undefined) => void
}

/** A chip that opens a menu: `account any`. The menu follows its button; Esc returns to it. */
export function ChipMenu({ name, value, choices, typed, onChoose }: Props): VNode {
  const { isOpen, root, button, toggle, close, onKeyDown } = useMenu()
  const choose = (next: string | undefined): void => {
    onChoose(next)
    close()
  }
  return (
    <span class="chip-menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class="chip"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-pressed={value !== undefined}
        data-menu={name}
        onClick={toggle}
      >
        {name} <b>{value === undefined ? 'any' : cut(value, 40)}</b>
      </button>
      {value !== undefined && (
        <button type="button" class="chip-x" aria-label={`${name} any`} onClick={() => choose(undefined)}>
          ×
        </button>
      )}
      {isOpen && (
        <div class="menu">
          {typed !== undefined && (
            <input
              placeholder={typed}
              aria-label={typed}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && event.currentTarget.value !== '') choose(event.currentTarget.value)
              }}
            />
          )}
          {choices.length > 0 && (
            <div role="menu" aria-label={name}>
              {choices.map((choice) => (
                <MenuItem
                  key={choice.value ?? ''}
                  isChosen={choice.value === value}
                  onChoose={() => choose(choice.value)}
                  note={choice.note}
                >
                  {choice.label}
                </MenuItem>
              ))}
            </div>
          )}
        </div>
      )}
    </span>
  )
}

interface ItemProps {
  readonly isChosen: boolean
  readonly onChoose: () => void
  readonly note?: string | undefined
  readonly children: ComponentChildren
}

/** One choice of an open menu. */
export function MenuItem({ isChosen, onChoose, note, children }: ItemProps): VNode {
  return (
    <button type="button" role="menuitemradio" aria-checked={isChosen} onClick={onChoose}>
      {children}
      {note !== undefined && <span class="n">{note}</span>}
    </button>
  )
}
