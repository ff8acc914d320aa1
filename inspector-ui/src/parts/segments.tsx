import type { VNode } from 'preact'

interface Props<T extends string> {
  readonly name: string
  readonly value: T
  readonly choices: readonly { readonly value: T; readonly label: string }[]
  readonly onChoose: (value: T) => void
}

/** A row of buttons of which one is pressed. */
export function Segments<T extends string>({ name, value, choices, onChoose }: Props<T>): VNode {
  return (
    <span class="seg" role="group" aria-label={name}>
      {choices.map((choice) => (
        <button
          type="button"
          key={choice.value}
          aria-pressed={choice.value === value}
          onClick={() => onChoose(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </span>
  )
}
