// Every relative link of the documentation leads to a file, and every anchor to a heading.
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { anchorsOf, linksOf, markdownFiles, ROOT, readPage } from './markdown.ts'

/** What is wrong with a page's links, one line each. */
function brokenLinks(path: string, page: string): string[] {
  return linksOf(page).flatMap(({ line, target }) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor] = target.split('#')
    const aim = file === '' ? path : normalize(join(dirname(path), file))
    if (aim !== path && !existsSync(join(ROOT, aim))) return [`${path}:${line}: there is no ${aim}`]
    if (anchor === undefined) return []
    const anchors = anchorsOf(aim === path ? page : readPage(aim))
    return anchors.has(anchor) ? [] : [`${path}:${line}: ${aim} has no heading for #${anchor}`]
  })
}

describe('links', () => {
  const files = markdownFiles()

  test('there are pages to look at', () => {
    expect(files).toContain('README.md')
    expect(files).toContain('docs/reference/configuration.md')
    expect(linksOf(readPage('README.md')).length).toBeGreaterThan(5)
  })

  test.each(files)('of %s lead somewhere', (path) => {
    expect(brokenLinks(path, readPage(path))).toEqual([])
  })

  test('that lead nowhere are found, and code is left alone', () => {
    const page = [
      '# One thing: `x`',
      '[gone](docs/gone.md) and [here](LICENSE)',
      '![no picture](docs/pictures/none.svg)',
      '[no heading](#another-thing), [heading](#one-thing-x)',
      '`[code](nowhere.md)`',
      '```',
      '[code](nowhere.md)',
      '```',
      '[outside](https://www.example.com/nowhere)',
    ].join('\n')
    expect(brokenLinks('made-up.md', page)).toEqual([
      'made-up.md:2: there is no docs/gone.md',
      'made-up.md:3: there is no docs/pictures/none.svg',
      'made-up.md:4: made-up.md has no heading for #another-thing',
    ])
  })
})

test('pictures of the documentation are whole and have a title', async () => {
  const pictures = [...new Bun.Glob('*.svg').scanSync(join(ROOT, 'docs/pictures'))]
  expect(pictures.length).toBeGreaterThan(0)
  for (const picture of pictures) {
    const text = await Bun.file(join(ROOT, 'docs/pictures', picture)).text()
    expect(text).toMatch(/<title[^>]*>[^<]{40,}<\/title>/)
    expect(text.trimEnd()).toEndWith('</svg>')
  }
})
