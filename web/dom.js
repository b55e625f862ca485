// web/dom.js — builds elements from values; text is always text, so nothing a sender wrote becomes markup.
const svgSpace = 'http://www.w3.org/2000/svg';

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}
export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
export const s = (tag, properties, ...children) => fill(document.createElementNS(svgSpace, tag), properties, children);
export const link = (href, properties, ...children) => h('a', {href, 'data-link': true, ...properties}, ...children);

/// Replaces what `node` holds, and gives the focus back to the link or button that had it.
export function show(node, ...children) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.getAttribute('href') ?? focused?.id;
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (key) [...node.querySelectorAll('a[href],button[id],select[id],input[id]')].find((each) => each.getAttribute('href') === key || each.id === key)?.focus();
}

/// A table that becomes a list of cards on narrow screens: every cell carries its column's name.
export function table(caption, columns, rows, classes = '') {
  return h('div', {class: 'scroll'}, h('table', {class: classes}, h('caption', {class: 'unseen'}, caption),
    h('thead', {}, h('tr', {}, columns.map((column) => h('th', {scope: 'col', class: column.number ? 'number' : null}, column.name)))),
    h('tbody', {}, rows.map((row) => h('tr', {}, columns.map((column, i) => {
      const cell = column.cell(row);
      return h(i === 0 ? 'th' : 'td', {scope: i === 0 ? 'row' : null, 'data-name': column.name, class: column.number ? 'number' : column.words ? 'words' : null}, cell);
    }))))));
}
