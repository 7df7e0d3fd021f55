/** Ids of the button at the top that opens the menu of panels, and of that menu. */
export const VIEW_BUTTON = 'view';
export const VIEW_MENU = 'view-menu';

const asked = { early: false };
/** The button is pressed: before the menu has come (with the panels), the browser finds nothing to open. */
export function askForMenu(): void {
  asked.early = document.getElementById(VIEW_MENU) === null;
}
/** Was it pressed before the menu came? Asked once, by the menu when it comes. */
export function askedEarly(): boolean {
  const { early } = asked;
  asked.early = false;
  return early;
}
