// Reads what the documentation tests need of a Markdown file: headings, links and code blocks.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dir, '../..')

/** Folders that hold other people's pages, or none that are committed. */
const FOREIGN = new Set(['node_modules', 'dist', '.git', '.cache'])

/** A block of code, which is indented where it belongs to an item of a list. */
const FENCED = /^( *)```(.*)\n([\s\S]*?)^\1```$/gm

export interface Block {
  /** What stands behind the opening fence. */
  readonly language: string
  readonly text: string
  /** The text between the block before and this one. */
  readonly lead: string
}

export interface Link {
  readonly line: number
  readonly target: string
}

/** All Markdown files of the repository, relative to its root. */
export function markdownFiles(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : markdownFiles(path)
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : []
  })
}

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let end = 0
  for (const match of page.matchAll(FENCED)) {
    const [whole, indent = '', language = '', inside = ''] = match
    const text = inside.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    blocks.push({ language, text, lead: page.slice(end, match.index) })
    end = match.index + whole.length
  }
  return blocks
}

/** Links and pictures outside of code. */
export function linksOf(page: string): Link[] {
  const prose = withoutCode(page)
  return prose.split('\n').flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({
      line: index + 1,
      target,
    })),
  )
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode(page, 'keep inline').matchAll(
    /^#{1,6} +(.+?)\s*$/gm,
  )) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`)
  }
  return anchors
}

/** Code becomes blank, line by line, so that line numbers stay. */
export function withoutCode(
  page: string,
  inline: 'keep inline' | 'blank inline' = 'blank inline',
): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  const text = page.replace(FENCED, blank)
  return inline === 'keep inline' ? text : text.replace(/`[^`\n]*`/g, blank)
}
