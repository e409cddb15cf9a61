// An expression for the browser: texts whose contrast with what is behind them is too low (WCAG 2.2, 1.4.3).

export const lowContrasts = `(() => {
  const parts = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
  const channel = (value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  const light = ([red, green, blue]) =>
    0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
  const behind = (node) => {
    for (let element = node; element !== null; element = element.parentElement) {
      const color = parts(getComputedStyle(element).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  const found = []
  for (const node of document.querySelectorAll('body *')) {
    const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== '')
    if (!hasText || node.getClientRects().length === 0 || node.closest('script')) continue
    const [one, two] = [light(parts(getComputedStyle(node).color)), light(behind(node))]
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
    if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + node.className + ' ' + node.textContent)
  }
  return found
})()`
