// Elements out of text. Nothing that comes from a report is ever parsed as markup or followed as a
// link unless it is one to the web.

/** An element with attributes, properties that are functions as listeners, and children. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** A link to the web, or plain text where the address is none. */
function link(address, text = address) {
  if (!/^https?:\/\//.test(address)) return make("span", { class: "address" }, text);
  return make("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, text);
}

function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Shows what is hidden in text: control characters and those that turn its direction. */
function visible(text) {
  const hidden =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  return text.replace(hidden, (char) => `\\u{${char.codePointAt(0).toString(16)}}`);
}
