/** CSS pixels between what is shown and the window's edge, and between it and what was pressed. */
const [EDGE, GAP] = [8, 6];

/** Puts a popover beside what was pressed: under it if there is room, else over it; always inside the window. */
export function placeBeside(node: HTMLElement, from: HTMLElement): void {
  const pressed = from.getBoundingClientRect();
  const { width, height } = node.getBoundingClientRect();
  const under = pressed.bottom + GAP;
  const top = under + height <= innerHeight - EDGE ? under : pressed.top - GAP - height;
  node.style.left = `${Math.max(EDGE, Math.min(pressed.left, innerWidth - width - EDGE))}px`;
  node.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - height - EDGE))}px`;
}
