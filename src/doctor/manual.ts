// What the page of the doctor and `--explain` say of each check: a Markdown file a category, a section a code.
import balancer from './balancer/balancer.md' with { type: 'text' }
import bind from './bind/bind.md' with { type: 'text' }
import type { Category, DoctorCheck } from './doctor-check.ts'
import holdfast from './holdfast/holdfast.md' with { type: 'text' }
import keepalived from './keepalived/keepalived.md' with { type: 'text' }
import network from './network/network.md' with { type: 'text' }
import vrrp from './vrrp/vrrp.md' with { type: 'text' }

const PAGES: Readonly<Record<Category, string>> = {
  ...{ holdfast, keepalived, vrrp, bind, network, balancer },
}

interface ManualPage {
  /** What the category's checks look at. */
  readonly about: string
  /** By code, in the order of the file: Markdown. */
  readonly sections: ReadonlyMap<string, string>
}

export function manualPage(category: Category): ManualPage {
  const [head = '', ...sections] = PAGES[category].split(/^## /m)
  const texts = sections.map((section) => {
    const [code = '', ...lines] = section.split('\n')
    return [code, lines.join('\n').trim()] as const
  })
  return { about: head.replace(/^# .*/, '').trim(), sections: new Map(texts) }
}

/** Why a check matters, how it is seen, and what else to know: paragraphs of plain text. */
export function aboutOf({
  category,
  code,
}: Pick<DoctorCheck, 'category' | 'code'>): readonly string[] {
  const section = manualPage(category).sections.get(code)
  return section?.replace(/\\([\\<>*[\]])/g, '$1').split(/\n{2,}/) ?? []
}
