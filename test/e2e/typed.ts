// What a reader of a page types: the commands below a heading, to be run as they stand there.
import { blocksOf, readPage } from '../docs/markdown.ts'

/** The lines of each shell block below a heading, up to the next heading of any level. */
export function blocksBelow(path: string, heading: string): string[][] {
  const blocks = blocksOf(sectionOf(path, heading)).filter(({ language }) => language === 'sh')
  return blocks.map(({ text }) => text.split('\n').filter((line) => line !== ''))
}

/** The one line in the blocks below a heading that matches; fails when there is none, or more. */
export function commandBelow(path: string, heading: string, like: RegExp): string {
  const lines = blocksBelow(path, heading).flat()
  const [command, ...more] = lines.filter((line) => like.test(line))
  if (command === undefined || more.length > 0)
    throw new Error(`${path}: not exactly one line like ${like} below "${heading}"`)
  return command
}

/** The one piece of code within the sentences below a heading that matches; fails when there is none, or more. */
export function inlineBelow(path: string, heading: string, like: RegExp): string {
  const prose = sectionOf(path, heading).replace(/^ *```[\s\S]*?^ *```$/gm, '')
  const found = new Set([...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code))
  const [command, ...more] = [...found].filter((code) => like.test(code))
  if (command === undefined || more.length > 0)
    throw new Error(`${path}: not exactly one \`code\` like ${like} below "${heading}"`)
  return command
}

function sectionOf(path: string, heading: string): string {
  const page = readPage(path)
  // What begins with "#" in a block is a remark and no heading.
  const prose = page.replace(/^```[\s\S]*?^```$/gm, (code) => code.replaceAll('#', ' '))
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)]
  const index = headings.findIndex(([, text]) => text === heading)
  if (index === -1) throw new Error(`${path} has no heading "${heading}"`)
  return page.slice(headings[index]?.index, headings[index + 1]?.index)
}
