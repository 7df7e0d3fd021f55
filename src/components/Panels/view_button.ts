/** Ids of the button at the top that opens the menu of panels, and of that menu. */
export const VIEW_BUTTON = 'view';
export const VIEW_MENU = 'view-menu';
