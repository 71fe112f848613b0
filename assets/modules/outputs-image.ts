// A picture that is fitted to its place and can be enlarged: with buttons, with + and - and 0, by a double press, with the
// wheel and Ctrl; dragged when it is larger than its place. It is an <img>: scripts in an SVG do not run.
import { button, make } from "./elements";

const STEP = 1.25;
const [SMALLEST, LARGEST] = [0.05, 16];

export class Picture {
  readonly element: HTMLElement;
  private readonly image: HTMLImageElement;
  private readonly place: HTMLElement;
  private readonly percent = make("output", "outputs-percent");
  /** Pixels of the window for one of the picture; undefined while it is fitted. */
  private scale: number | undefined;

  constructor(url: string, name: string, onError: () => void) {
    this.image = make("img");
    this.image.alt = name;
    this.image.draggable = false;
    this.place = make("div", "outputs-picture", this.image);
    this.place.tabIndex = 0;
    this.place.setAttribute("role", "region");
    this.place.setAttribute("aria-label", `Picture ${name}`);
    const bar = make(
      "div",
      "outputs-bar",
      button("Smaller", () => this.zoom(1 / STEP), "zoom-out"),
      button("Larger", () => this.zoom(STEP), "zoom-in"),
      button("Fit", () => this.fit()),
      button("Original size", () => this.scaleTo(1)),
      this.percent,
    );
    this.element = make("div", "", bar, this.place);
    this.image.addEventListener("load", () => this.say());
    this.image.addEventListener("error", onError);
    this.image.src = url;
    this.listen();
  }

  private listen(): void {
    this.place.addEventListener("dblclick", () => (this.scale === undefined ? this.scaleTo(1) : this.fit()));
    this.place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "+" || event.key === "=") this.zoom(STEP);
      else if (event.key === "-") this.zoom(1 / STEP);
      else if (event.key === "0") this.fit();
      else if (event.key === "1") this.scaleTo(1);
      else return;
      event.preventDefault();
    });
    this.place.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? STEP : 1 / STEP);
      },
      { passive: false },
    );
    this.place.addEventListener("pointerdown", (event) => this.drag(event));
  }

  /** Fingers scroll by themselves; a mouse takes hold of the picture. */
  private drag(start: PointerEvent): void {
    if (start.pointerType !== "mouse" || start.button !== 0 || this.scale === undefined) return;
    start.preventDefault();
    this.place.focus();
    this.place.setPointerCapture(start.pointerId);
    const { scrollLeft, scrollTop } = this.place;
    const move = (event: PointerEvent) => {
      this.place.scrollLeft = scrollLeft + start.clientX - event.clientX;
      this.place.scrollTop = scrollTop + start.clientY - event.clientY;
    };
    this.place.addEventListener("pointermove", move);
    this.place.addEventListener("pointerup", () => this.place.removeEventListener("pointermove", move), { once: true });
  }

  private fit(): void {
    this.scale = undefined;
    this.image.style.width = "";
    this.place.classList.remove("is-enlarged");
    this.say();
  }

  private zoom(factor: number): void {
    const natural = this.image.naturalWidth || this.image.width;
    this.scaleTo((this.scale ?? this.image.clientWidth / natural) * factor);
  }

  /** Keeps what is in the middle of the place in the middle. */
  private scaleTo(scale: number): void {
    const natural = this.image.naturalWidth || this.image.width;
    const before = this.image.clientWidth || 1;
    const { place } = this;
    const middle = { x: place.scrollLeft + place.clientWidth / 2, y: place.scrollTop + place.clientHeight / 2 };
    this.scale = Math.min(LARGEST, Math.max(SMALLEST, scale));
    place.classList.add("is-enlarged");
    this.image.style.width = `${natural * this.scale}px`;
    const factor = this.image.clientWidth / before;
    place.scrollLeft = middle.x * factor - place.clientWidth / 2;
    place.scrollTop = middle.y * factor - place.clientHeight / 2;
    this.say();
  }

  private say(): void {
    const natural = this.image.naturalWidth;
    if (!natural) return;
    const percent = Math.round((this.image.clientWidth / natural) * 100);
    this.percent.textContent = `${percent} % of ${natural} × ${this.image.naturalHeight} pixels`;
  }
}
