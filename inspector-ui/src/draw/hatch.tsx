import type { VNode } from 'preact'

/** The patterns of what is hatched. Drawn once a page; `url(#held)` names one anywhere. */
export function Hatches(): VNode {
  return (
    <svg class="hatches" width="0" height="0" aria-hidden="true">
      <defs>
        <Hatch id="held" name="f-held" width={2.2} gap={4.4} />
        <Hatch id="held-column" name="f-held" width={1.2} gap={5} />
        <Hatch id="held-estimate" name="f-held" width={1} gap={5} />
        <Hatch id="unattributed" name="f-ink3" width={1} gap={4} />
        <Hatch id="gap" name="f-warn" width={1} gap={5} />
      </defs>
    </svg>
  )
}

function Hatch({ id, name, width, gap }: { id: string; name: string; width: number; gap: number }): VNode {
  return (
    <pattern id={id} width={gap} height={gap} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width={width} height={gap} class={name} />
    </pattern>
  )
}
