// Builds elements in one expression; nothing here knows a page.

type Child = Node | string;

/** `make("p", "note", "Text")`: an element with classes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** The picture of that name (components/icon). */
export function icon(name: string): HTMLElement {
  const picture = make("span", `icon icon-${name}`);
  picture.setAttribute("aria-hidden", "true");
  return picture;
}

/** A button with a text, or with a picture and a name for it. */
export function button(text: string, onPress: () => void, picture?: string): HTMLButtonElement {
  const made = make("button", "button is-small", picture ? icon(picture) : text);
  made.type = "button";
  if (picture) {
    made.setAttribute("aria-label", text);
    made.title = text;
  }
  made.addEventListener("click", onPress);
  return made;
}

/** A name that may be broken after its separators rather than anywhere; it reads and copies as it is. */
export function breakable(name: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const part of name.split(/(?<=[/_-])/)) fragment.append(part, document.createElement("wbr"));
  return fragment;
}
