// Small ways to build and update elements; text is always set as text, never as markup.

export const $ = (selector, root = document) => root.querySelector(selector);

/** An element: `name.class`, properties (`on` holds listeners, `data` and `aria` their attributes), children. */
export function el(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  const { on = {}, data = {}, aria = {}, ...rest } = properties;
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) made[key] = value;
  for (const [key, value] of Object.entries(data)) made.dataset[key] = value;
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value);
  for (const [key, listener] of Object.entries(on)) made.addEventListener(key, listener);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Makes the children of `parent` those of `items`, in order; what did not change keeps its element and its focus. */
export function reconcile(parent, items, keyOf, build) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = known.get(key);
    known.delete(key);
    if (!child || child.item !== item) {
      const fresh = build(item);
      fresh.dataset.key = key;
      fresh.item = item;
      if (child) {
        const focused = child.contains(document.activeElement);
        if (place === child) place = child.nextElementSibling;
        child.replaceWith(fresh);
        if (focused) fresh.focus({ preventScroll: true });
      }
      child = fresh;
    }
    // What stands where it should is not moved: moving an element takes the focus from it.
    if (child === place) place = place.nextElementSibling;
    else if (child.parentNode !== parent || child.nextElementSibling !== place) parent.insertBefore(child, place);
  }
  for (const left of known.values()) left.remove();
}

/** Calls `work` once in the next frame, however often it is asked for. */
export function framed(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** Calls `work` once after `wait` milliseconds without another call. */
export function settled(work, wait) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

let hiding = 0;

/** Tells of something for a few seconds; read out by screen readers. */
export function notice(text) {
  const place = $("#notice");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (place.hidden = true), 8000);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard without https or localhost: the older way works from a selection.
    const area = el("textarea", { value: text });
    ($("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  notice(`${what} copied`);
}
