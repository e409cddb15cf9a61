// Files that are imported as text: `import page from './page.html' with { type: 'text' }`.
declare module '*.html' {
  const text: string

  export = text
}
declare module '*.css' {
  const text: string

  export = text
}
declare module '*.js' {
  const text: string

  export = text
}
declare module '*.md' {
  const text: string

  export = text
}
